package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.server.training.TrainingNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft runs host}: trains what others start, until it is told to end. */
@Command(
    name = "host",
    description = {
      "Trains what others start with redraft runs start, or over redraft.v1.Training.",
      "Only this machine can connect: whoever may start a run may read and write what this process"
          + " may.",
      "SIGTERM or Ctrl-C ends the runs with checkpoints, then the process."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  redraft runs host", "  redraft runs host --grpc-port 0"})
final class RunsHostCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      defaultValue = "50052",
      description = "Port to listen on; 0 takes a free one and tells it. Default: 50052.")
  private int port;

  @Override
  public Integer call() throws Exception {
    SteeringPort.check("grpc_port", port);
    if (spec.commandLine().getParseResult().hasMatchedOption("--server")) {
      throw new InvalidInputException(
          "server", "--server is given to a process that is the server; allowed: --grpc-port");
    }
    try (var node = TrainingNode.start()) {
      SteeringPort.open(node.server(), "grpc_port", port, spec.commandLine().getErr());
      EndSignal.await(() -> end(node));
    }
    return 0;
  }

  private static int end(TrainingNode node) {
    node.close();
    return 0;
  }
}
