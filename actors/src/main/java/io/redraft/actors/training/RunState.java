package io.redraft.actors.training;

import io.redraft.actors.training.JournalledEvent.PlannedStage;
import io.redraft.actors.training.JournalledEvent.RunFailed;
import io.redraft.actors.training.JournalledEvent.RunFinished;
import io.redraft.actors.training.JournalledEvent.RunStarted;
import io.redraft.actors.training.JournalledEvent.StageCheckpointed;
import io.redraft.actors.training.JournalledEvent.StageCommitted;
import io.redraft.actors.training.JournalledEvent.StageStarted;
import io.redraft.actors.training.JournalledEvent.StepsChanged;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A run as its journal tells it: the fold of {@link JournalledEvent}s, and nothing that is not in
 * them. A commit is never taken back, and a checkpoint's step only grows.
 *
 * @param stages in their order; none before the run began
 * @param note why it failed, or the model's folder when it is finished
 */
public record RunState(Status status, List<StageState> stages, String note) {
  /** What a run is about. */
  public enum Status {
    /** Nothing has happened yet. */
    NEW,
    /** Its stages are trained. */
    RUNNING,
    /** Asked to pause. */
    PAUSED,
    /** Asked to stop. */
    STOPPED,
    /** It cannot go on by itself. */
    FAILED,
    /** Everything is committed. */
    FINISHED
  }

  /**
   * Where a stage is.
   *
   * @param started whether its session was ever opened
   * @param checkpoint step of its newest known checkpoint; -1 for none
   */
  public record StageState(
      PlannedStage planned, StepPlan steps, boolean started, long checkpoint, boolean committed) {
    private StageState start() {
      return new StageState(planned, steps, true, checkpoint, committed);
    }

    private StageState checkpoint(long step) {
      return new StageState(planned, steps, started, Math.max(checkpoint, step), committed);
    }

    private StageState commit(long step) {
      return new StageState(planned, steps, started, Math.max(checkpoint, step), true);
    }

    private StageState change(StepsChanged change) {
      var changed = steps.changed(change.from(), change.steps(), change.idle());
      return new StageState(planned, changed, started, checkpoint, committed);
    }
  }

  /** Of a run that has not begun. */
  public static final RunState EMPTY = new RunState(Status.NEW, List.of(), "");

  public RunState {
    stages = List.copyOf(stages);
  }

  /** The state after an event. */
  public RunState apply(JournalledEvent event) {
    if (event instanceof RunStarted began) {
      return new RunState(
          Status.RUNNING, began.stages().stream().map(RunState::fresh).toList(), "");
    }
    if (event instanceof StageStarted stage) {
      return with(stage.stage(), StageState::start);
    }
    if (event instanceof StageCheckpointed saved) {
      return with(saved.stage(), stage -> stage.checkpoint(saved.step()));
    }
    if (event instanceof StageCommitted committed) {
      return with(committed.stage(), stage -> stage.commit(committed.step()));
    }
    if (event instanceof StepsChanged change) {
      return with(change.stage(), stage -> stage.change(change));
    }
    if (event instanceof JournalledEvent.RunPaused) {
      return new RunState(Status.PAUSED, stages, "");
    }
    if (event instanceof JournalledEvent.RunResumed) {
      return new RunState(Status.RUNNING, stages, "");
    }
    if (event instanceof JournalledEvent.RunStopped) {
      return new RunState(Status.STOPPED, stages, "");
    }
    if (event instanceof RunFailed failed) {
      return new RunState(Status.FAILED, stages, failed.reason());
    }
    return new RunState(Status.FINISHED, stages, ((RunFinished) event).folder());
  }

  private static StageState fresh(PlannedStage planned) {
    return new StageState(planned, StepPlan.of(planned.steps()), false, -1, false);
  }

  private RunState with(int number, UnaryOperator<StageState> change) {
    List<StageState> changed = new ArrayList<>();
    for (var stage : stages) {
      changed.add(stage.planned().number() == number ? change.apply(stage) : stage);
    }
    return new RunState(status, changed, note);
  }

  /** A stage by its number. */
  public Optional<StageState> stage(int number) {
    return stages.stream().filter(stage -> stage.planned().number() == number).findFirst();
  }

  /** Step of the newest checkpoint of the last stage that has begun; -1 where there is none. */
  public long lastCheckpoint() {
    var last = -1L;
    for (var stage : stages) {
      if (stage.started() && !(stage.checkpoint() < 0 && last >= 0)) {
        last = stage.checkpoint();
      }
    }
    return last;
  }
}
