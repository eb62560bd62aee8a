package io.redraft.server.cli;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.model.train.RunFolder;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.proto.v1.ListRunsRequest;
import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunEvent;
import io.redraft.server.training.RunEventReader;
import io.redraft.server.training.RunFailedException;
import io.redraft.server.training.TrainingClient;
import io.redraft.server.training.TrainingNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A run that this process trains and shows: it hosts the Training service and is its first client,
 * so that the command line and the API cannot differ.
 */
final class LocalRun {
  private final CommandSpec spec;
  private final PrintWriter err;
  private final TrainingConfig settings;
  private final boolean resume;
  private final SteeringPort port;
  private final RunOutcome outcome;
  private final CompletableFuture<Run> begun = new CompletableFuture<>();
  private final CompletableFuture<TrainingEvent.Ended> shown = new CompletableFuture<>();

  /**
   * A run of settings.
   *
   * @param spec the command's, for what it prints
   * @param port where others may steer it
   */
  LocalRun(CommandSpec spec, TrainingConfig settings, boolean resume, SteeringPort port) {
    this.spec = spec;
    this.err = spec.commandLine().getErr();
    this.settings = settings;
    this.resume = resume;
    this.port = port;
    this.outcome = new RunOutcome(new RunFolder(settings.run().folder()));
  }

  /**
   * Trains until the run ends or the process is told to end.
   *
   * @return the exit code
   */
  int train() throws Exception {
    port.check();
    new RunFolder(settings.run().folder()).refuseUnless(resume); // before anything is started
    TrainingEvent.Ended end;
    try (var node = TrainingNode.start();
        var client = node.server().inProcess()) {
      port.open(node.server(), err);
      var signal = EndSignal.handle(() -> stop(client, node));
      try (var display = TrainingDisplay.on(err)) {
        begun.complete(begin(client));
        end = show(client, display);
      } catch (Exception | Error failed) {
        shown.completeExceptionally(failed);
        throw failed;
      } finally {
        signal.handleBy(() -> close(node));
        node.server().close(); // others' runs get their checkpoints, on a signal too
        signal.workIsDone();
      }
    }
    return exit(end);
  }

  private Run begin(TrainingClient client) {
    try {
      return client.start(settings, resume);
    } catch (RunFailedException failed) {
      throw new IllegalStateException(outcome.failure(failed.getMessage()), failed);
    }
  }

  private TrainingEvent.Ended show(TrainingClient client, TrainingDisplay display)
      throws InterruptedException {
    client.watch(TrainingClient.everythingOf(begun.join()), event -> show(event, display));
    return shown.join(); // the stream ended as it should, so with this
  }

  private void show(RunEvent event, TrainingDisplay display) {
    var told = RunEventReader.read(event);
    told.ifPresent(display::show);
    if (told.orElse(null) instanceof TrainingEvent.Ended end) {
      shown.complete(end);
    }
  }

  /**
   * Has every run here write its checkpoint, waits until the end of this one is shown, and returns
   * the exit code. While the run's data is still being read there is nothing to wait for.
   */
  private int stop(TrainingClient client, TrainingNode node) {
    node.server().stopRuns(); // those that others have started, too, and none begins any more
    if (begun.isDone() || shown.isDone() || isHere(client)) {
      return close(node);
    }
    err.println(spec.qualifiedName() + ": told to end before the run began; nothing has changed");
    err.flush();
    node.close();
    return EndSignal.KILLED;
  }

  private boolean isHere(TrainingClient client) {
    var folder = settings.run().folder();
    return client
        .ask(stub -> stub.listRuns(ListRunsRequest.getDefaultInstance()))
        .getRunsList()
        .stream()
        .anyMatch(run -> Path.of(run.getFolder()).equals(folder));
  }

  /** Once the end of the run is shown, has all others here end; returns the exit code. */
  private int close(TrainingNode node) {
    int code = shown.handle(this::ended).join();
    node.close();
    return code;
  }

  private int ended(TrainingEvent.Ended end, Throwable problem) {
    if (problem != null) {
      return Failures.report(problem, spec.qualifiedName(), false, err);
    }
    try {
      return exit(end);
    } catch (RuntimeException failed) {
      return Failures.report(failed, spec.qualifiedName(), false, err);
    }
  }

  private int exit(TrainingEvent.Ended end) {
    if (end instanceof TrainingEvent.Failed failed) {
      throw new IllegalStateException(outcome.failure(failed));
    }
    RunOutcome.check(end);
    if (end instanceof TrainingEvent.Finished finished) {
      spec.commandLine().getOut().println(finished.modelFolder());
      spec.commandLine().getOut().flush(); // the process may end without more ado
    }
    return 0; // or stopped, with a checkpoint
  }
}
