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
   */
  public record Change(long from, long steps) {
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
    return new StepPlan(List.of(new Change(0, steps)));
  }

  /** Steps in all, as they were before any change. */
  public long first() {
    return changes.get(0).steps();
  }

  /** Steps in all, as it stands. */
  public long last() {
    return changes.get(changes.size() - 1).steps();
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
   * made before the stage went back to an earlier step.
   */
  public StepPlan changed(long from, long steps) {
    List<Change> kept = new ArrayList<>();
    for (var change : changes) {
      if (change.from() < from) {
        kept.add(change);
      }
    }
    if (kept.isEmpty() && from > 0) {
      throw new IllegalStateException("a plan that begins after step 0");
    }
    kept.add(new Change(from, steps));
    return new StepPlan(kept);
  }
}
