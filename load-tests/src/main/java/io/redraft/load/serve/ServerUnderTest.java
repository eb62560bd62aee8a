package io.redraft.load.serve;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.actors.serving.LoadedModel;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.cluster.NodeSettings;
import io.redraft.load.measure.SharedDeviceThread;
import io.redraft.model.InvalidInputException;
import io.redraft.model.text.Tokenizer;
import io.redraft.server.ModelNode;
import io.redraft.server.grpc.GrpcServer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.actor.typed.DispatcherSelector;

/**
 * A real server on a free port of this machine, ways to it, and a way past it: onto the thread of
 * its device, where the network can be called with nothing in between.
 */
public final class ServerUnderTest implements AutoCloseable {
  private static final Duration IDLE_LOOK = Duration.ofMillis(100);
  private static final int IDLE_LOOKS = 5;

  private final ModelNode node;
  private final GrpcServer server;
  private final ManagedChannel loopback;
  private final ManagedChannel inProcess;
  private final Executor device;
  private volatile WatchedDenoiser denoiser;

  private ServerUnderTest(
      ModelLoader loader, Tokenizer tokenizer, Map<String, ?> overrides, boolean causal)
      throws IOException, InterruptedException {
    // What is measured warms up by itself, and nothing else is to reach the network.
    var changed = new HashMap<String, Object>(overrides);
    changed.put("redraft.serving.warm-up", false);
    changed.put("redraft.device-dispatcher.executor", SharedDeviceThread.class.getName());
    var settings = NodeSettings.load(Optional.empty(), changed);
    node =
        ModelNode.start(settings, blocks -> checked(loader.load(blocks), causal), () -> tokenizer);
    server = node.listen(0);
    loopback = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    inProcess = node.inProcess();
    device =
        node.system()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig(settings.serving().deviceDispatcher()));
  }

  /**
   * Starts it and waits for the model.
   *
   * @throws InvalidInputException if the model is no denoiser
   */
  public static ServerUnderTest start(ModelLoader loader, Tokenizer tokenizer)
      throws IOException, InterruptedException {
    return start(loader, tokenizer, Map.of());
  }

  /**
   * The same with other settings than those that Redraft ships with.
   *
   * @param overrides values by their configuration path
   */
  static ServerUnderTest start(ModelLoader loader, Tokenizer tokenizer, Map<String, ?> overrides)
      throws IOException, InterruptedException {
    return new ServerUnderTest(loader, tokenizer, overrides, false);
  }

  /**
   * Starts one with a causal model, whose forward passes are not watched.
   *
   * @throws InvalidInputException if the model is a denoiser
   */
  static ServerUnderTest startCausal(ModelLoader loader, Tokenizer tokenizer)
      throws IOException, InterruptedException {
    return new ServerUnderTest(loader, tokenizer, Map.of(), true);
  }

  private LoadedModel checked(LoadedModel loaded, boolean causal) {
    if (!causal && loaded instanceof LoadedModel.Diffusion diffusion) {
      denoiser = new WatchedDenoiser(diffusion.denoiser());
      return new LoadedModel.Diffusion(diffusion.info(), denoiser);
    }
    if (causal && loaded instanceof LoadedModel.Causal) {
      return loaded;
    }
    loaded.close();
    throw causal
        ? InvalidInputException.of("causal", "a denoiser", "a causal network")
        : InvalidInputException.of("model", "a causal network", "a denoiser");
  }

  /** The model that is served. */
  public ModelInfo model() {
    return node.model();
  }

  /** TCP to this machine. */
  public Channel loopback() {
    return loopback;
  }

  /** A connection of its own to this machine, with a flow-control window of so many bytes. */
  public ManagedChannel connect(int window) {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
        .usePlaintext()
        .flowControlWindow(window)
        .build();
  }

  /**
   * Waits until no forward is computed any more: every text is written, and every place free. One
   * that no client waits for takes a last step first.
   */
  public void awaitIdle() {
    int still = 0;
    while (still < IDLE_LOOKS) {
      LockSupport.parkNanos(IDLE_LOOK.toNanos());
      still = takeForwards().isEmpty() ? still + 1 : 0;
    }
  }

  /** The same services without a network. */
  Channel inProcess() {
    return inProcess;
  }

  /** The forward passes since this was last asked. */
  List<WatchedDenoiser.Forward> takeForwards() {
    return onDevice(denoiser::take);
  }

  /** The network alone, to be called with {@link #onDevice} only. */
  io.redraft.model.decode.Denoiser bare() {
    return denoiser.bare();
  }

  /** Runs something on the device's thread, between forward passes, and waits for it. */
  <T> T onDevice(Callable<T> work) {
    var result = new CompletableFuture<T>();
    device.execute(
        () -> {
          try {
            result.complete(work.call());
          } catch (Exception | Error failed) {
            result.completeExceptionally(failed);
          }
        });
    try {
      return result.join();
    } catch (CompletionException failed) {
      throw new IllegalStateException(failed.getCause());
    }
  }

  /** Lets the device's thread do nothing until a count reaches zero; returns at once. */
  void holdDevice(CountDownLatch until) {
    device.execute(
        () -> {
          try {
            until.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Override
  public void close() {
    loopback.shutdownNow();
    inProcess.shutdownNow();
    try {
      server.drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    node.close();
  }
}
