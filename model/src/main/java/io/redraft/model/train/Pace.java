package io.redraft.model.train;

import java.util.function.LongSupplier;

/**
 * How fast a run trains, read at its lines of metrics. The speed is that of training alone between
 * two lines; evaluations and checkpoints in between do not count. The time that is left does count
 * them, at the share that they have had so far.
 */
final class Pace {
  /**
   * A reading.
   *
   * @param tokensPerSecond since the reading before
   * @param utilization share of the device's peak that the model's own operations reach
   * @param secondsLeft until the last step
   */
  record Reading(double tokensPerSecond, double utilization, double secondsLeft) {}

  private final StepFlops flops;
  private final double peak;
  private final long tokensPerStep;
  private final LongSupplier nanos;
  private final long began;
  private final long firstStep;
  private long lineBegan;
  private long lineStep;
  private long places;
  private long rows;

  /**
   * Begins to measure.
   *
   * @param peak operations that the device does in a second at best
   * @param step steps that were taken before
   * @param nanos a clock
   */
  Pace(StepFlops flops, double peak, long tokensPerStep, long step, LongSupplier nanos) {
    this.flops = flops;
    this.peak = peak;
    this.tokensPerStep = tokensPerStep;
    this.nanos = nanos;
    this.began = nanos.getAsLong();
    this.firstStep = step;
    this.lineBegan = began;
    this.lineStep = step;
  }

  /** Counts places that a step computes, copies included, and rows that it asks about. */
  void asked(long places, long rows) {
    this.places += places;
    this.rows += rows;
  }

  /** The time now, for {@link #leaveOut}. */
  long now() {
    return nanos.getAsLong();
  }

  /** Leaves the time since then out of the speed. */
  void leaveOut(long since) {
    lineBegan += nanos.getAsLong() - since;
  }

  /** Reads the pace after a step of so many in all, and begins anew. */
  Reading read(long step, long steps) {
    var now = nanos.getAsLong();
    var tokens = tokensPerStep * (step - lineStep);
    var seconds = Math.max(1, now - lineBegan) / 1e9;
    var perStep = (now - began) / 1e9 / Math.max(1, step - firstStep);
    var reading =
        new Reading(
            tokens / seconds,
            flops.of(places, rows) / seconds / peak,
            perStep * Math.max(0, steps - step));
    lineBegan = now;
    lineStep = step;
    places = 0;
    rows = 0;
    return reading;
  }
}
