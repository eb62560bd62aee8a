package io.redraft.server;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.redraft.actors.resume.ResumableStreams;
import io.redraft.actors.serving.ModelInfo;
import io.redraft.actors.serving.ModelLoader;
import io.redraft.actors.serving.ServedModels;
import io.redraft.actors.serving.Serving;
import io.redraft.actors.serving.StreamSettings;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.model.text.Tokenizer;
import io.redraft.server.grpc.EventWriter;
import io.redraft.server.grpc.GenerationService;
import io.redraft.server.grpc.GrpcServer;
import io.redraft.server.grpc.HealthReporter;
import io.redraft.server.grpc.ModelsService;
import io.redraft.server.grpc.RequestReader;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/**
 * One model that is served in this process, behind the API's services. The command line talks to it
 * as a client does, only without a network between.
 */
public final class ModelNode implements AutoCloseable {
  private static final int SEED_BITS = 32; // short enough to be typed again

  private final RedraftNode node;
  private final ActorRef<Serving.Command> serving;
  private final ModelInfo model;
  private final List<BindableService> services;
  private final HealthStatusManager health = new HealthStatusManager();

  private ModelNode(
      RedraftNode node,
      StreamSettings kept,
      ServedModels models,
      Optional<String> verifier,
      Supplier<Tokenizer> opening)
      throws InterruptedException {
    this.node = node;
    this.serving = node.serve(models);
    Tokenizer tokenizer = opening.get(); // first, since its failure says more than the loader's
    this.model = node.awaitModel(serving);
    var streams =
        node.system()
            .systemActorOf(
                ResumableStreams.create(serving, kept, InstantSource.system(), new SecureRandom()),
                "streams",
                Props.empty());
    this.services =
        List.of(
            new GenerationService(
                node.system(),
                serving,
                streams,
                new RequestReader(
                    tokenizer,
                    model.network(),
                    model.decoding(),
                    () -> ThreadLocalRandom.current().nextLong(1L << SEED_BITS)),
                new EventWriter(tokenizer, model.network()),
                InstantSource.system()),
            new ModelsService(model, verifier));
    node.system().systemActorOf(HealthReporter.create(serving, health), "health", Props.empty());
  }

  /**
   * Starts the actors and waits until the model is in the device's memory.
   *
   * @param tokenizer asked for once the actors are started; it may still be opening until then
   * @throws io.redraft.model.InvalidInputException where the model cannot be served as it is
   */
  public static ModelNode start(
      NodeSettings settings, ModelLoader loader, Supplier<Tokenizer> tokenizer)
      throws InterruptedException {
    return start(settings, ServedModels.alone(loader), Optional.empty(), tokenizer);
  }

  /**
   * The same with a verifier, which is loaded meanwhile; it is not waited for.
   *
   * @param verifier the name that clients know it by, if there is one
   */
  public static ModelNode start(
      NodeSettings settings,
      ServedModels models,
      Optional<String> verifier,
      Supplier<Tokenizer> tokenizer)
      throws InterruptedException {
    var node = RedraftNode.start(settings);
    return start(node, settings.serving().streams(), models, verifier, tokenizer);
  }

  /**
   * The same on a node that was started before, which is closed with what this returns.
   *
   * @param kept how streams are kept for clients that come back
   * @param verifier the name that clients know it by, if there is one
   */
  public static ModelNode start(
      RedraftNode node,
      StreamSettings kept,
      ServedModels models,
      Optional<String> verifier,
      Supplier<Tokenizer> tokenizer)
      throws InterruptedException {
    try {
      return new ModelNode(node, kept, models, verifier, tokenizer);
    } catch (InterruptedException | RuntimeException failed) {
      node.close();
      throw failed;
    }
  }

  /** The model that is served. */
  public ModelInfo model() {
    return model;
  }

  /** The node, to start what else it does. */
  public RedraftNode node() {
    return node;
  }

  /** The node's actors and dispatchers, the device's among them. */
  public ActorSystem<?> system() {
    return node.system();
  }

  /** Serves on a TCP port; see {@link GrpcServer#listen}. */
  public GrpcServer listen(int port) {
    return GrpcServer.listen(port, health, services);
  }

  /** A channel to the services within this process. */
  public ManagedChannel inProcess() throws IOException {
    String name = InProcessServerBuilder.generateName();
    GrpcServer.start(InProcessServerBuilder.forName(name).directExecutor(), health, services);
    return InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  /** Takes no new request from now on and refuses those that wait; texts that run go on. */
  public void drain() {
    node.drain(serving);
  }

  /** Texts in flight are finished, then the model is freed. */
  @Override
  public void close() {
    node.close();
  }
}
