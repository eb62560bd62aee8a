package io.redraft.server.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.RunEvent.EventCase;
import io.redraft.proto.v1.SetStageStepsRequest;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.TrainingGrpc;
import io.redraft.proto.v1.WatchRunRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** A process that hosts runs, and a client of it over a port. */
final class HostedRuns implements AutoCloseable {
  /** Steps of a stage that only ends when it is told to. */
  static final long ENDLESS = 100_000_000;

  /** Two blocks, appended one after the other, and a joint phase: three stages. */
  static final String CURRICULUM =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 2, heads: 2, feed_forward_width: 32, context: 16, tied_head: false}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {batch: 4, log_every: 1, evaluate_every: 0, checkpoint_every: 99999999}
      curriculum: {direction: left-to-right, embeddings: anchored, steps: 100000000, joint_final: 4}
      """;

  /**
   * Bytes that a stream takes of a reader that does not read. Small, so that it is felt soon; the
   * other part is the server's, which gRPC lets queue so much before it calls a stream not ready.
   */
  static final int UNREAD_BYTES = (4 << 10) + (32 << 10);

  private record Watch(Context.CancellableContext context, Iterator<RunEvent> events) {
    /** Reads what came before the cancellation too: what nobody reads is never freed. */
    void close() {
      context.cancel(null);
      try {
        events.forEachRemaining(event -> {});
      } catch (StatusRuntimeException ended) {
        // as it was told to, or before
      }
    }
  }

  private final RedraftNode node = RedraftNode.startForTraining(NodeSettings.defaults());
  private final List<Watch> watches = new ArrayList<>();
  private final ManagedChannel channel;
  final TrainingServer server;
  final TrainingGrpc.TrainingBlockingStub training;

  HostedRuns() {
    this(WatchStream.CAPACITY);
  }

  /**
   * One with other memory.
   *
   * @param unread the most events that wait for a watcher
   */
  HostedRuns(int unread) {
    server = new TrainingServer(node, unread);
    var port = server.listen("grpc_port", 0);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .flowControlWindow(4 << 10)
            .build();
    training = TrainingGrpc.newBlockingStub(channel);
  }

  TrainingGrpc.TrainingStub async() {
    return TrainingGrpc.newStub(channel);
  }

  static StartRunRequest curriculum(Path folder) {
    return StartRunRequest.newBuilder()
        .setConfig(CURRICULUM)
        .addOverrides("run.folder=" + folder)
        .build();
  }

  Iterator<RunEvent> watch(String run) {
    return watch(WatchRunRequest.newBuilder().setRun(run).build());
  }

  /** From the event after one that was seen. */
  Iterator<RunEvent> watchAfter(String run, long number) {
    return watch(WatchRunRequest.newBuilder().setRun(run).setAfter(number).build());
  }

  private Iterator<RunEvent> watch(WatchRunRequest request) {
    var context = Context.current().withCancellation();
    var before = context.attach();
    try {
      watches.add(new Watch(context, training.watchRun(request)));
    } finally {
      context.detach(before);
    }
    return watches.get(watches.size() - 1).events();
  }

  void setSteps(String run, int stage, long steps) {
    training.setStageSteps(
        SetStageStepsRequest.newBuilder().setRun(run).setStage(stage).setSteps(steps).build());
  }

  /** Reads on until an event of a kind comes; numbers never fall on the way. */
  static RunEvent await(Iterator<RunEvent> events, EventCase kind) {
    long number = 0;
    while (true) {
      var event = events.next();
      assertThat(event.getNumber()).isGreaterThanOrEqualTo(number);
      number = event.getNumber();
      if (event.getEventCase() == kind) {
        return event;
      }
    }
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
    channel.shutdownNow();
    server.close();
    node.close();
  }
}
