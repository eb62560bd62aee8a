package io.redraft.server.cli;

import io.redraft.actors.training.TrainingEvent;
import io.redraft.actors.training.TrainingRun;
import io.redraft.actors.training.TrainingRunSettings;
import io.redraft.cluster.NodeSettings;
import io.redraft.cluster.RedraftNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.CheckpointFolder;
import io.redraft.model.train.RunFolder;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.SingleStageRun;
import io.redraft.model.train.layerwise.LayerwiseRun;
import io.redraft.server.training.TrainingServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft train}: trains a model as a settings file says, and shows how it goes. */
@Command(
    name = "train",
    description = {
      "Trains a model as CONFIG.yaml says.",
      "The run's folder gets the settings, metrics.jsonl, tensorboard/, checkpoints and, at the"
          + " end, model/ and report.html.",
      "Ctrl-C writes a checkpoint and ends; --resume goes on from it with the same losses.",
      "docs/training.md tells what the settings do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft train examples/train-smoke.yaml",
      "  redraft train examples/shakespeare-small.yaml",
      "  redraft train run.yaml --set training.steps=20000 --set run.device=gpu0",
      "  redraft train run.yaml --resume",
      "  redraft train run.yaml --grpc-port 50052"
    })
final class TrainCommand implements Callable<Integer> {
  /** How long a shutdown waits for the current step and its checkpoint. */
  private static final String PATIENCE = "10 minutes";

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as optimizer.learning_rate=3e-4; may be repeated.")
  private List<String> overrides = List.of();

  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  private boolean resume;

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      description =
          "Let redraft runs watch and steer this run on 127.0.0.1:PORT; 0 takes a free port.")
  private Integer port;

  private RunFolder folder;

  TrainCommand() {}

  /** One that trains under settings that another command has made. */
  TrainCommand(CommandSpec spec, boolean resume) {
    this.spec = spec;
    this.resume = resume;
  }

  @Override
  public Integer call() throws Exception {
    return train(TrainingConfig.load(config, overrides));
  }

  /** Trains, and returns the exit code. */
  Integer train(TrainingConfig settings) throws Exception {
    if (port != null && (port < 0 || port > 65_535)) {
      throw InvalidInputException.of("grpc_port", port, "0 to 65535");
    }
    folder = new RunFolder(settings.run().folder());
    folder.refuseUnless(resume);
    var stages =
        settings.curriculum().none()
            ? new SingleStageRun(settings)
            : LayerwiseRun.open(settings, resume);
    var ended = new CompletableFuture<TrainingEvent.Ended>();
    var node =
        NodeSettings.load(Optional.empty(), Map.of("redraft.serving.drain-timeout", PATIENCE));
    TrainingEvent.Ended end;
    try (var display = TrainingDisplay.on(spec.commandLine().getErr());
        var running = RedraftNode.startForTraining(node);
        var steering = steering(running)) {
      var watcher =
          running.listener(
              event -> {
                display.show(event);
                if (event instanceof TrainingEvent.Ended last) {
                  ended.complete(last);
                }
              });
      var training =
          running
              .train(
                  stages,
                  TrainingRunSettings.defaults(Optional.ofNullable(settings.run().timeLimit())),
                  resume,
                  watcher)
              .run();
      stopOnSignal(
          () -> training.tell(new TrainingRun.Stop(running.system().ignoreRef())), ended, steering);
      end = ended.get();
    }
    return exit(end);
  }

  /** The service that lets others watch and steer, where it is wanted; else nothing to close. */
  private Closing steering(RedraftNode running) {
    if (port == null) {
      return () -> {};
    }
    var server = TrainingServer.listen(running, port);
    var err = spec.commandLine().getErr();
    err.printf("redraft: runs are steered on 127.0.0.1:%d%n", server.port());
    err.flush();
    return server::close;
  }

  /** Closed without a checked exception. */
  private interface Closing extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Ctrl-C and a polite kill ask the run to stop, then wait until it has written its checkpoint.
   */
  private void stopOnSignal(
      Runnable stop, CompletableFuture<TrainingEvent.Ended> ended, Closing steering) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (ended.isDone()) {
                    return; // the process ends because the run has
                  }
                  stop.run();
                  // Asked to end, and did: not the 130 or 143 of a process that was killed.
                  int code = stopped(ended.join());
                  steering.close(); // runs that others have started end with a checkpoint, too
                  Runtime.getRuntime().halt(code);
                },
                "stop-training"));
  }

  /** Exit code of a run that was asked to stop; tells why it could not. */
  private int stopped(TrainingEvent.Ended end) {
    if (end instanceof TrainingEvent.Failed failed) {
      var err = spec.commandLine().getErr();
      err.println("redraft train: failed: " + failed.reason() + "; " + left(failed));
      err.flush();
      return 1;
    }
    return 0;
  }

  private int exit(TrainingEvent.Ended end) {
    if (end instanceof TrainingEvent.Finished finished) {
      spec.commandLine().getOut().println(finished.modelFolder());
      return 0;
    }
    if (end instanceof TrainingEvent.Refused refused) {
      throw new InvalidInputException(refused.field(), refused.message());
    }
    if (end instanceof TrainingEvent.Failed failed) {
      throw new IllegalStateException(failed.reason() + "; " + left(failed));
    }
    return 0; // stopped, with a checkpoint
  }

  /** What is left of a run that failed; the folder knows where the run itself does not. */
  private String left(TrainingEvent.Failed failed) {
    var steps = CheckpointFolder.steps(folder.checkpoints());
    var newest = steps.isEmpty() ? -1 : steps.get(steps.size() - 1);
    var checkpoint = Math.max(failed.checkpoint(), newest);
    return checkpoint < 0
        ? "there is no checkpoint yet"
        : String.format("the checkpoint of step %d is whole, --resume goes on from it", checkpoint);
  }
}
