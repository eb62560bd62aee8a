package io.redraft.model.train;

/**
 * Counts the steps whose gradient was not finite. Such a step changes nothing, and a few of them do
 * no harm; a long row of them means that the weights themselves are beyond repair.
 */
final class SkippedSteps {
  private final int allowedInARow;
  private long all;
  private int inARow;

  /**
   * A count that goes on from earlier numbers.
   *
   * @param allowedInARow as many in a row end the run
   */
  SkippedSteps(int allowedInARow, long all, int inARow) {
    this.allowedInARow = allowedInARow;
    this.all = all;
    this.inARow = inARow;
  }

  /**
   * Counts a step.
   *
   * @param step number of the step, counted from 1
   * @throws TrainingHaltedException if there are too many in a row with this one
   */
  void count(boolean skipped, long step) {
    inARow = skipped ? inARow + 1 : 0;
    all += skipped ? 1 : 0;
    if (inARow >= allowedInARow) {
      throw new TrainingHaltedException(
          String.format(
              "no finite gradient in %d steps in a row, up to step %d; try a lower"
                  + " optimizer.learning_rate or clip, or more warmup_steps, in a new run.folder"
                  + " (training.max_skipped is %d)",
              inARow, step, allowedInARow));
    }
  }

  /** All of them so far. */
  long all() {
    return all;
  }

  /** The latest ones without another in between. */
  int inARow() {
    return inARow;
  }
}
