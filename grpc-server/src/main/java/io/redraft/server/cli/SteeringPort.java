package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.server.training.TrainingServer;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** Where others may watch and steer the runs of a process, if anywhere. */
final class SteeringPort {
  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      description =
          "Let redraft runs watch and steer this run, and start others, on 127.0.0.1:PORT; 0 takes a"
              + " free port. Whoever may start a run may read and write what this process may.")
  private Integer port;

  /** Refuses what is no port, before anything is started. */
  void check() {
    if (port != null) {
      check("grpc_port", port);
    }
  }

  /** Refuses what is no port. */
  static void check(String setting, int port) {
    if (port < 0 || port > 65_535) {
      throw InvalidInputException.of(setting, port, "0 to 65535");
    }
  }

  /** Listens, where that is wanted, and tells where. */
  void open(TrainingServer server, PrintWriter err) {
    if (port != null) {
      open(server, "grpc_port", port, err);
    }
  }

  /** Listens, and tells where. */
  static void open(TrainingServer server, String setting, int port, PrintWriter err) {
    err.printf("redraft: runs are steered on 127.0.0.1:%d%n", server.listen(setting, port));
    err.flush();
  }
}
