package io.redraft.server.cli;

import io.redraft.cluster.NodeSettings;
import io.redraft.model.InvalidInputException;
import io.redraft.server.ModelNode;
import io.redraft.server.grpc.GrpcServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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
      "SIGTERM or Ctrl-C takes no new request and lets those in flight finish."
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
      names = "--config",
      paramLabel = "FILE",
      description = "Settings (HOCON); what it leaves out keeps its default.")
  private Path config;

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > 65_535) {
      throw InvalidInputException.of("grpc_port", port, "0 to 65535");
    }
    NodeSettings settings = NodeSettings.load(Optional.ofNullable(config), Map.of());
    CountDownLatch ended = new CountDownLatch(1);
    try (ModelNode node = model.serve(() -> settings, verifier.folder())) {
      GrpcServer server = node.listen(port);
      CountDownLatch stop = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stop.countDown();
                    awaitQuietly(ended);
                    // The process was asked to end and has: not the 143 of one that was killed.
                    Runtime.getRuntime().halt(0);
                  },
                  "drain"));
      spec.commandLine()
          .getErr()
          .printf("redraft: %s is served on port %d%n", node.model().name(), server.port());
      spec.commandLine().getErr().flush();
      stop.await();
      node.drain();
      server.drain(settings.serving().drainTimeout());
    } finally {
      ended.countDown();
    }
    return 0;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
