package io.redraft.server.training;

import io.redraft.actors.training.RunState;
import io.redraft.actors.training.TrainingRuns;
import io.redraft.proto.v1.Run;
import io.redraft.proto.v1.RunStatus;
import java.nio.file.Path;

/** Writes where a run is as the API tells it. */
final class RunWriter {
  private RunWriter() {}

  static Run write(TrainingRuns.Entry entry, RunState state) {
    var run =
        Run.newBuilder()
            .setId(entry.id())
            .setName(name(entry.folder()))
            .setFolder(entry.folder().toString())
            .setStatus(status(state.status()))
            .setNote(state.note() == null ? "" : state.note());
    for (var stage : state.stages()) {
      var told =
          run.addStagesBuilder()
              .setNumber(stage.planned().number())
              .setName(stage.planned().name())
              .setSteps(stage.steps().last())
              .setStarted(stage.started())
              .setCommitted(stage.committed());
      if (stage.checkpoint() >= 0) {
        told.setCheckpoint(stage.checkpoint());
      }
    }
    return run.build();
  }

  /** The last name of a run's folder. */
  static String name(Path folder) {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  private static RunStatus status(RunState.Status status) {
    return switch (status) {
      case NEW -> RunStatus.RUN_STATUS_NEW;
      case RUNNING -> RunStatus.RUN_STATUS_RUNNING;
      case PAUSED -> RunStatus.RUN_STATUS_PAUSED;
      case STOPPED -> RunStatus.RUN_STATUS_STOPPED;
      case FAILED -> RunStatus.RUN_STATUS_FAILED;
      case FINISHED -> RunStatus.RUN_STATUS_FINISHED;
    };
  }
}
