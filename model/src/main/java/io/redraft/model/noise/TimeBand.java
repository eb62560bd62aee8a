package io.redraft.model.noise;

/**
 * The noise levels that are trained on, as a range of times.
 *
 * @param from lowest time, {@link StratifiedTimes#SMALLEST} or later
 * @param to highest time, at most 1; not above {@code from} where the band is empty
 */
public record TimeBand(double from, double to) {
  /** All times that are ever drawn. */
  public static final TimeBand FULL = new TimeBand(StratifiedTimes.SMALLEST, 1);

  /** The time at a place of the band; {@code unit} is in [0, 1). */
  public double at(double unit) {
    return Math.min(to, from + (to - from) * unit);
  }

  /**
   * The band's share of all times. A mean over the band, times this, is the band's part of the mean
   * over all times; parts of bands that lie side by side add up.
   */
  public double share() {
    return (to - from) / (FULL.to - FULL.from);
  }

  /** The part of the band that lies before a time. */
  public TimeBand until(double time) {
    return time < to ? new TimeBand(from, time) : this;
  }
}
