package io.redraft.model.noise;

import java.util.Arrays;

/**
 * The times of a batch: t_i = ε + (1 − ε)·((u + i)/n mod 1) with one u in [0, 1) a step, so that
 * every batch covers (0, 1] evenly and the bound's variance falls (MDLM's low-discrepancy sampler).
 */
public final class StratifiedTimes {
  /** No time is smaller than this; the bound's integrand is bounded there. */
  public static final double SMALLEST = 1e-3;

  private StratifiedTimes() {}

  /** Times of the {@code n} samples of a step; a pure function of seed and step. */
  public static double[] of(long seed, long step, int n) {
    return times(places(seed, step, n));
  }

  /** Times of {@code n} samples from one offset u in [0, 1). */
  public static double[] of(double u, int n) {
    return times(places(u, n));
  }

  /** Where in [0, 1) the {@code n} samples of a step lie, one in each stratum. */
  public static double[] places(long seed, long step, int n) {
    return places(CounterHash.unit(CounterHash.bits(seed, step)), n);
  }

  private static double[] places(double u, int n) {
    var places = new double[n];
    for (var i = 0; i < n; i++) {
      places[i] = ((u + i) / n) % 1;
    }
    return places;
  }

  private static double[] times(double[] places) {
    var times = new double[places.length];
    Arrays.setAll(times, i -> TimeBand.FULL.at(places[i]));
    return times;
  }
}
