package io.redraft.load.measure;

import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Standard error of a number that was computed from cases which belong together in pairs or more,
 * as two ways of writing from the same prompts: the delete-one jackknife (Quenouille 1956, Tukey
 * 1958), {@code √((n−1)/n · Σ (θ₋ᵢ − mean θ₋)²)}.
 */
public final class Jackknife {
  private Jackknife() {}

  /**
   * Estimates it.
   *
   * @param cases number of cases; with fewer than two the result is NaN
   * @param statistic the number, computed from the cases that the predicate lets in
   */
  public static double standardError(int cases, ToDoubleFunction<IntPredicate> statistic) {
    if (cases < 2) {
      return Double.NaN;
    }
    double[] without =
        IntStream.range(0, cases)
            .mapToDouble(left -> statistic.applyAsDouble(i -> i != left))
            .toArray();
    double mean = IntStream.range(0, cases).mapToDouble(i -> without[i]).average().orElseThrow();
    double squares = 0;
    for (double value : without) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt((cases - 1.0) / cases * squares);
  }
}
