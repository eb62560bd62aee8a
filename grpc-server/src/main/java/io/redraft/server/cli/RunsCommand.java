package io.redraft.server.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.ListRunsRequest;
import io.redraft.proto.v1.PauseRunRequest;
import io.redraft.proto.v1.ResumeRunRequest;
import io.redraft.proto.v1.RunEvent;
import io.redraft.proto.v1.SetStageStepsRequest;
import io.redraft.proto.v1.StopRunRequest;
import io.redraft.proto.v1.TrainingGrpc.TrainingBlockingStub;
import io.redraft.proto.v1.WatchRunRequest;
import io.redraft.server.training.RunEventReader;
import io.redraft.server.training.TrainingClient;
import java.util.TreeSet;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code redraft runs}: starts, watches and steers what another process trains. */
@Command(
    name = "runs",
    description = {
      "Starts, watches and steers runs of another process: of one that was started with runs host,"
          + " serve --training-port or train --grpc-port.",
      "RUN is a run's id, its folder, or the folder's last name."
    },
    subcommands = {RunsHostCommand.class, RunsStartCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft runs host &",
      "  redraft runs start run.yaml --watch",
      "  redraft runs list",
      "  redraft runs watch mytext",
      "  redraft runs steps mytext 1 20000 --server 127.0.0.1:50052"
    })
final class RunsCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Where a process listens that was told nothing else. */
  static final String SERVER = "127.0.0.1:50052";

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = SERVER,
      scope = ScopeType.INHERIT,
      description = "Where the process listens. Default: ${DEFAULT-VALUE}.")
  private String server;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "no command given; allowed: "
            + String.join(", ", new TreeSet<>(spec.subcommands().keySet())));
  }

  @Command(name = "list", description = "Shows all runs, one a line; with --json, as one object.")
  Integer list(@Option(names = "--json", description = "Print one JSON object.") boolean json) {
    var runs = ask(stub -> stub.listRuns(ListRunsRequest.getDefaultInstance()));
    if (json) {
      print(json(runs));
    } else {
      runs.getRunsList().forEach(run -> print(RunLine.of(run)));
    }
    return 0;
  }

  @Command(
      name = "watch",
      description = {
        "Shows what a run does until it ends, as train does.",
        "Exits with 0 where it finished or was stopped, with 1 where it failed."
      })
  Integer watch(
      @Parameters(paramLabel = "RUN", description = "Which run.") String run,
      @Option(names = "--json", description = "Print one JSON object an event.") boolean json)
      throws InterruptedException {
    try (var client = client()) {
      return watch(client, WatchRunRequest.newBuilder().setRun(run).build(), json);
    }
  }

  /** Shows what a run does until it ends; returns the exit code. */
  int watch(TrainingClient client, WatchRunRequest request, boolean json)
      throws InterruptedException {
    try (var display = TrainingDisplay.on(spec.commandLine().getOut())) {
      return outcome(client.watch(request, event -> show(event, display, json)));
    }
  }

  private void show(RunEvent event, TrainingDisplay display, boolean json) {
    if (json) {
      print(json(event));
    } else if (event.hasRun()) {
      print(RunLine.of(event.getRun()));
    } else {
      RunEventReader.read(event).ifPresent(display::show);
    }
  }

  @Command(
      name = "pause",
      description = "Has a run take no step after the current one until resume; frees the device.")
  Integer pause(@Parameters(paramLabel = "RUN", description = "Which run.") String run) {
    ask(stub -> stub.pauseRun(PauseRunRequest.newBuilder().setRun(run).build()));
    return 0;
  }

  @Command(name = "resume", description = "Goes on after a pause or an end.")
  Integer resume(@Parameters(paramLabel = "RUN", description = "Which run.") String run) {
    ask(stub -> stub.resumeRun(ResumeRunRequest.newBuilder().setRun(run).build()));
    return 0;
  }

  @Command(
      name = "stop",
      description = "Ends a run after its current step, and waits for its checkpoint.")
  Integer stop(@Parameters(paramLabel = "RUN", description = "Which run.") String run) {
    var end = ask(stub -> stub.stopRun(StopRunRequest.newBuilder().setRun(run).build()));
    try (var display = TrainingDisplay.on(spec.commandLine().getErr())) {
      RunEventReader.read(end).ifPresent(display::show);
    }
    return outcome(end);
  }

  @Command(
      name = "steps",
      description = "Has a stage take another number of steps in all, from the next step on.")
  Integer steps(
      @Parameters(paramLabel = "RUN", description = "Which run.") String run,
      @Parameters(paramLabel = "STAGE", description = "Its number, from 1.") int stage,
      @Parameters(paramLabel = "N", description = "Steps in all, 1 or more.") long steps) {
    if (stage < 1) {
      throw InvalidInputException.of("STAGE", stage, "1 or more");
    }
    if (steps < 1) {
      throw InvalidInputException.of("N", steps, "1 or more");
    }
    var change = SetStageStepsRequest.newBuilder().setRun(run).setStage(stage).setSteps(steps);
    ask(stub -> stub.setStageSteps(change.build()));
    return 0;
  }

  private <A> A ask(Function<TrainingBlockingStub, A> question) {
    try (var client = client()) {
      return client.ask(question);
    }
  }

  /** Asks the process that {@code --server} names. */
  TrainingClient client() {
    return TrainingClient.of(server);
  }

  private static Integer outcome(RunEvent last) {
    var end = RunEventReader.read(last);
    if (end.orElse(null) instanceof TrainingEvent.Ended ended) {
      RunOutcome.check(ended);
    }
    return 0;
  }

  private static String json(MessageOrBuilder told) {
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(told);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // only a message with an Any can be unknown
    }
  }

  /** Prints a result. */
  void print(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }
}
