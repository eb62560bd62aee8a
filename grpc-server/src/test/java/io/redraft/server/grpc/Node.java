package io.redraft.server.grpc;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.ServingSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/** Real services on a real port over a fake model, and a client's channel to them. */
final class Node implements AutoCloseable {
  /** Large enough for nothing to be refused. */
  static final int PLACES = 4;

  static final long SEED_OF_THE_SERVER = 77;

  final ActorSystem<Serving.Command> system;
  final GrpcServer server;
  final ManagedChannel channel;
  final HealthStatusManager health = new HealthStatusManager();

  Node(ModelLoader model, int places, int queue) throws Exception {
    var settings =
        new ServingSettings(
            places,
            queue,
            8,
            4096,
            Duration.ofSeconds(1),
            Duration.ofSeconds(20),
            Duration.ofMillis(10),
            Duration.ofMillis(20),
            "redraft.device-dispatcher");
    system = ActorSystem.create(Serving.create(settings, model, InstantSource.system()), "node");
    ActorRef<Serving.Command> serving = system;
    var ready = new CompletableFuture<ModelInfo>();
    system.systemActorOf(Readiness.create(serving, health, ready), "readiness", Props.empty());
    ModelInfo info = ready.get(20, TimeUnit.SECONDS);
    var tokenizer = new ByteTokenizer();
    List<BindableService> services =
        List.of(
            new GenerationService(
                system,
                serving,
                new RequestReader(tokenizer, () -> SEED_OF_THE_SERVER),
                new EventWriter(tokenizer),
                InstantSource.system()),
            new ModelsService(info));
    server = GrpcServer.listen(0, health, services);
    channel =
        NettyChannelBuilder.forAddress("localhost", server.port())
            .usePlaintext()
            .flowControlWindow(16 << 10) // small, so that a reader that does not read is felt soon
            .build();
  }

  Node(ModelLoader model) throws Exception {
    this(model, PLACES, PLACES);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      server.drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }
}
