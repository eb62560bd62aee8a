package io.redraft.model.decode;

/**
 * Where a step stands on its block's grid.
 *
 * @param grid how the masks are spread over the steps
 * @param masks masks of the block before its first step, m
 * @param steps steps that the block may take, n
 * @param done steps that it has taken
 * @param quota how many tokens the grid asks of this step, at least 1; more where abstentions or
 *     re-opened tokens are behind
 */
public record Pace(StepGrid grid, int masks, int steps, int done, int quota) {
  /** Share of the masks that the grid leaves after this step: 1 − α(s) of the step from t to s. */
  public double after() {
    return grid.share(steps, done + 1);
  }

  /** Share of the masks that the grid left before this step: 1 − α(t). */
  public double before() {
    return grid.share(steps, done);
  }
}
