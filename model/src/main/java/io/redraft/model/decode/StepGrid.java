package io.redraft.model.decode;

/**
 * How a block's masks are spread over its steps. Whatever the grid, every step reveals at least one
 * and the last leaves none.
 */
public enum StepGrid {
  /** The same number every step: {@code m·(n−k)/n} masks are left after step k of n. */
  UNIFORM,
  /**
   * Few at first, when little is known, and many at last: {@code m·cos(πk/2n)} masks are left after
   * step k of n (MaskGIT, Chang et al. 2022).
   */
  COSINE;

  /**
   * How many of a block's masks are left after some of its steps.
   *
   * @param masks masks before the first step, m
   * @param steps steps in all, n; between 1 and m
   * @param done steps taken, k; between 0 and n
   */
  public int remaining(int masks, int steps, int done) {
    if (steps < 1 || steps > masks || done < 0 || done > steps) {
      throw new IllegalArgumentException(done + " of " + steps + " steps over " + masks + " masks");
    }
    int left = masks;
    for (int k = 1; k <= done; k++) {
      // At least one is revealed now, and one is kept for each step to come.
      left = Math.max(steps - k, Math.min(left - 1, ideal(masks, steps, k)));
    }
    return left;
  }

  /**
   * The share of masks that is left after some of any number of steps, before rounding: 1 − α of
   * the diffusion at that moment. Exactly 1 at first and 0 at last.
   *
   * @param steps steps in all, n, at least 1
   * @param done steps taken, k; between 0 and n
   */
  public double share(int steps, int done) {
    if (done == 0 || done == steps) {
      return done == 0 ? 1 : 0;
    }
    return switch (this) {
      case UNIFORM -> (double) (steps - done) / steps;
      case COSINE -> StrictMath.cos(Math.PI / 2 * done / steps);
    };
  }

  private int ideal(int masks, int steps, int k) {
    return switch (this) {
      case UNIFORM -> (int) ((long) masks * (steps - k) / steps);
      // StrictMath, since a last bit that differs between machines would be another text.
      case COSINE -> (int) (masks * StrictMath.cos(Math.PI / 2 * k / steps));
    };
  }
}
