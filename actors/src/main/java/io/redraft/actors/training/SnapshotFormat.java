package io.redraft.actors.training;

import io.redraft.proto.persisted.RunSnapshot;

/** A {@link RunState} as a {@link RunSnapshot}, and back. */
final class SnapshotFormat {
  private SnapshotFormat() {}

  static RunSnapshot write(RunState state) {
    var message =
        RunSnapshot.newBuilder()
            .setStatus(RunSnapshot.Status.valueOf(state.status().name()))
            .setNote(state.note());
    for (var stage : state.stages()) {
      var written =
          RunSnapshot.Stage.newBuilder()
              .setPlan(JournalSerializer.planned(stage.planned()))
              .setStarted(stage.started())
              .setCheckpoint(stage.checkpoint())
              .setCommitted(stage.committed());
      for (var change : stage.steps().changes()) {
        written.addChanges(
            RunSnapshot.Change.newBuilder()
                .setFrom(change.from())
                .setSteps(change.steps())
                .setIdle(change.idle()));
      }
      message.addStages(written);
    }
    return message.build();
  }

  static RunState read(RunSnapshot message) {
    return new RunState(
        RunState.Status.valueOf(message.getStatus().name()),
        message.getStagesList().stream().map(SnapshotFormat::read).toList(),
        message.getNote());
  }

  private static RunState.StageState read(RunSnapshot.Stage stage) {
    var changes =
        stage.getChangesList().stream()
            .map(
                change ->
                    new StepPlan.Change(change.getFrom(), change.getSteps(), change.getIdle()))
            .toList();
    return new RunState.StageState(
        JournalSerializer.planned(stage.getPlan()),
        new StepPlan(changes),
        stage.getStarted(),
        stage.getCheckpoint(),
        stage.getCommitted());
  }
}
