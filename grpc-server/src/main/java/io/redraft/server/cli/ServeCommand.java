package io.redraft.server.cli;

import io.redraft.cluster.NodeSettings;
import io.redraft.server.ModelNode;
import io.redraft.server.grpc.GrpcServer;
import io.redraft.server.training.TrainingServer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code redraft serve}: serves one model over gRPC until the process is told to end, then lets the
 * texts in flight be finished.
 */
@Command(
    name = "serve",
    description = "Serves a model over gRPC, with health and reflection.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft serve",
      "  redraft serve --verifier models/llama-stories-causal",
      "  redraft serve --model my-model --grpc-port 0 --config serving.conf",
      "  redraft serve --training-port 50052",
      "SIGTERM or Ctrl-C takes no new request, lets those in flight finish and ends runs with"
          + " checkpoints."
    })
final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ModelOption model;
  @Mixin private VerifierOption verifier;

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      defaultValue = "50051",
      description = "Port to listen on; 0 takes a free one and tells it. Default: 50051.")
  private int port;

  @Option(
      names = "--training-port",
      paramLabel = "PORT",
      description =
          "Train, too, what redraft runs start asks for on 127.0.0.1:PORT; 0 takes a free port."
              + " Whoever may start a run may read and write what this process may. Default: off.")
  private Integer trainingPort;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings (HOCON); what it leaves out keeps its default.")
  private Path config;

  @Override
  public Integer call() throws Exception {
    SteeringPort.check("grpc_port", port);
    if (trainingPort != null) {
      SteeringPort.check("training_port", trainingPort);
    }
    NodeSettings settings = NodeSettings.load(Optional.ofNullable(config), Map.of());
    try (ModelNode node = model.serve(() -> settings, verifier.folder(), trainingPort != null)) {
      GrpcServer server = node.listen(port);
      PrintWriter err = spec.commandLine().getErr();
      Optional<TrainingServer> training =
          trainingPort == null ? Optional.empty() : Optional.of(new TrainingServer(node.node()));
      training.ifPresent(runs -> SteeringPort.open(runs, "training_port", trainingPort, err));
      err.printf("redraft: %s is served on port %d%n", node.model().name(), server.port());
      err.flush();
      EndSignal.await(() -> drain(node, server, settings.serving().drainTimeout(), training));
    }
    return 0;
  }

  /** Texts in flight are finished while runs take their last steps. */
  private static int drain(
      ModelNode node, GrpcServer server, Duration patience, Optional<TrainingServer> training) {
    node.drain();
    var stopping = CompletableFuture.runAsync(() -> training.ifPresent(TrainingServer::close));
    try {
      server.drain(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    stopping.join();
    node.close();
    return 0;
  }
}
