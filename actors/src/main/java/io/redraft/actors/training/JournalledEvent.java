package io.redraft.actors.training;

import io.redraft.model.train.curriculum.Stage;
import java.util.List;

/**
 * What a run's journal keeps; {@code redraft/persisted/training.proto} says how. Each is a fact
 * about what happened, and none is taken back.
 */
public sealed interface JournalledEvent {
  /** The run began with these stages. */
  record RunStarted(List<PlannedStage> stages) implements JournalledEvent {
    public RunStarted {
      stages = List.copyOf(stages);
    }
  }

  /**
   * A stage as it was planned.
   *
   * @param number counted from 1
   * @param steps steps that it was to take
   * @param independent whether it builds upon no other independent one: a band that learns neither
   *     the embeddings nor the head, which other bands read
   */
  record PlannedStage(int number, String name, long steps, boolean independent) {
    /** Stages as the journal tells them. */
    static List<PlannedStage> of(List<Stage> stages) {
      return stages.stream().map(PlannedStage::of).toList();
    }

    private static PlannedStage of(Stage stage) {
      boolean shared = stage.embeddings() || stage.head();
      return new PlannedStage(
          stage.number(), stage.name(), stage.steps(), stage.kind() == Stage.Kind.BAND && !shared);
    }
  }

  /** A stage's session was opened for the first time. */
  record StageStarted(int stage) implements JournalledEvent {}

  /** Everything up to this step survives the process. */
  record StageCheckpointed(int stage, long step) implements JournalledEvent {}

  /** The stage's layers lie in the run's folder; {@code step} is -1 where only the folder knew. */
  record StageCommitted(int stage, long step) implements JournalledEvent {}

  /**
   * From a step on a stage takes another number of steps in all.
   *
   * @param idle whether nobody trained it; then it holds from where the stage goes on, at {@code
   *     from} or later
   */
  record StepsChanged(int stage, long from, long steps, boolean idle) implements JournalledEvent {}

  /** It pauses after the current step. */
  record RunPaused() implements JournalledEvent {}

  /** It goes on after a pause or an end. */
  record RunResumed() implements JournalledEvent {}

  /** It stops after the current step. */
  record RunStopped() implements JournalledEvent {}

  /** It cannot go on by itself. */
  record RunFailed(String reason) implements JournalledEvent {}

  /** All stages are committed and the model lies in this folder. */
  record RunFinished(String folder) implements JournalledEvent {}
}
