package io.redraft.actors.training;

import io.redraft.model.InvalidInputException;
import java.util.ArrayList;
import java.util.List;

/**
 * How many steps a stage takes in all, and since which step that holds. A stage that is begun again
 * at an earlier step makes the same changes before the same steps, so that its learning rates, and
 * with them its weights, come out the same.
 *
 * @param changes ascending by the step they hold from; the first holds from 0
 */
public record StepPlan(List<Change> changes) {
  /**
   * A number of steps.
   *
   * @param from steps taken when it begins to hold
   * @param steps steps in all, 1 or more
   * @param idle whether nobody trained the stage: {@code from} is where it was last known to be
   */
  public record Change(long from, long steps, boolean idle) {
    public Change {
      if (from < 0) {
        throw InvalidInputException.of("from", from, "0 or more");
      }
      if (steps < 1) {
        throw InvalidInputException.of("steps", steps, "1 or more");
      }
    }
  }

  public StepPlan {
    changes = List.copyOf(changes);
    if (changes.isEmpty() || changes.get(0).from() != 0) {
      throw InvalidInputException.of("steps", changes, "a first number, from step 0 on");
    }
  }

  /** A plan that nobody has changed. */
  public static StepPlan of(long steps) {
    return new StepPlan(List.of(new Change(0, steps, false)));
  }

  /** Steps in all, as they were before any change. */
  public long first() {
    return changes.get(0).steps();
  }

  /** Steps in all, as it stands. */
  public long last() {
    return changes.get(changes.size() - 1).steps();
  }

  /** Whether it is not known yet from which step on the last number holds. */
  public boolean open() {
    return changes.get(changes.size() - 1).idle();
  }

  /** Steps in all that hold for the next step when this many are taken. */
  public long after(long taken) {
    var steps = first();
    for (var change : changes) {
      if (change.from() <= taken) {
        steps = change.steps();
      }
    }
    return steps;
  }

  /**
   * The plan with another number from a step on. Changes that would hold later are gone: they were
   * made before the stage went back to an earlier step; and so is an idle one.
   */
  public StepPlan changed(long from, long steps, boolean idle) {
    List<Change> kept = new ArrayList<>();
    for (var change : changes) {
      // An idle one may hold from a later step on, so that those at its own step still count.
      boolean counts = idle ? change.from() <= from : change.from() < from;
      if (counts && !change.idle()) {
        kept.add(change);
      }
    }
    kept.add(new Change(from, steps, idle));
    return new StepPlan(kept);
  }
}
