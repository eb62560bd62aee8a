package io.redraft.model.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * One axis of a chart: where a value lies between its ends, and which values are labelled. Ticks
 * are 1, 2 or 5 times a power of ten.
 */
final class Axis {
  private static final double[] MANTISSAS = {1, 2, 5};

  /** An axis that begins at this share of its end or before might as well begin at 0. */
  private static final double NEAR_ZERO = 0.1;

  /** A labelled value. */
  record Tick(double value, String label) {}

  private final boolean logarithmic;
  private final double from;
  private final double to;
  private final List<Tick> ticks;

  private Axis(boolean logarithmic, double from, double to, List<Tick> ticks) {
    this.logarithmic = logarithmic;
    this.from = from;
    this.to = to;
    this.ticks = ticks;
  }

  /**
   * An axis that holds all values.
   *
   * @param values what is to be shown; what cannot be ({@link #shows}) is passed over
   * @param logarithmic whether equal distances are equal ratios
   * @param rounded whether the axis ends at ticks rather than at the outermost values; one that
   *     begins near 0 begins there in any case
   * @param wanted about how many ticks there should be
   */
  static Axis of(DoubleStream values, boolean logarithmic, boolean rounded, int wanted) {
    var range = values.filter(v -> shows(v, logarithmic)).summaryStatistics();
    double low = range.getCount() == 0 ? (logarithmic ? 1 : 0) : range.getMin();
    double high = range.getCount() == 0 ? (logarithmic ? 10 : 1) : range.getMax();
    if (low == high) { // one value: it stands in the middle
      double margin = low == 0 ? 1 : Math.abs(low) / 2;
      low = logarithmic ? low / 2 : low - margin;
      high = logarithmic ? high * 2 : high + margin;
    }
    return logarithmic
        ? logarithmic(low, high, rounded, wanted)
        : linear(low, high, rounded, wanted);
  }

  /** Whether a value has a place on an axis of that kind. */
  static boolean shows(double value, boolean logarithmic) {
    return Double.isFinite(value) && (!logarithmic || value > 0);
  }

  private static Axis linear(double low, double high, boolean rounded, int wanted) {
    double step = step(low, high, wanted);
    double from = rounded ? Math.floor(low / step + 1e-9) * step : low;
    if (low > 0 && low < NEAR_ZERO * high) {
      from = 0;
    }
    double to = rounded ? Math.ceil(high / step - 1e-9) * step : high;
    return new Axis(false, from, to, evenTicks(from, to, step));
  }

  private static Axis logarithmic(double low, double high, boolean rounded, int wanted) {
    double decades = Math.log10(high / low);
    if (decades < 1) { // too short for powers of ten to say much: even values, placed by ratio
      double step = step(low, high, wanted);
      double floor = Math.floor(low / step + 1e-9) * step;
      double from = rounded && floor > 0 ? floor : low;
      double to = rounded ? Math.ceil(high / step - 1e-9) * step : high;
      return new Axis(true, from, to, evenTicks(from, to, step));
    }
    int first = (int) Math.floor(Math.log10(low) + 1e-9);
    int last = (int) Math.ceil(Math.log10(high) - 1e-9);
    int every = Math.max(1, (int) Math.ceil((last - first) / (double) wanted));
    boolean between = decades * MANTISSAS.length <= wanted + 1;
    List<Double> values = new ArrayList<>();
    for (int power = first; power <= last; power += every) {
      for (double mantissa : between ? MANTISSAS : new double[] {1}) {
        values.add(mantissa * Math.pow(10, power));
      }
    }
    double from =
        rounded
            ? values.stream().filter(v -> v <= low * (1 + 1e-9)).max(Double::compare).orElse(low)
            : low;
    double to =
        rounded
            ? values.stream().filter(v -> v >= high * (1 - 1e-9)).min(Double::compare).orElse(high)
            : high;
    List<Tick> ticks =
        values.stream()
            .filter(v -> v >= from * (1 - 1e-9) && v <= to * (1 + 1e-9))
            .map(v -> new Tick(v, NumberText.tick(v, v, v)))
            .toList();
    return new Axis(true, from, to, ticks);
  }

  /** The smallest of 1, 2, 5 × 10^n that gives no more than the wanted number of steps. */
  private static double step(double low, double high, int wanted) {
    double least = (high - low) / wanted;
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double mantissa : MANTISSAS) {
      if (mantissa * power >= least * (1 - 1e-9)) {
        return mantissa * power;
      }
    }
    return 10 * power;
  }

  private static List<Tick> evenTicks(double from, double to, double step) {
    double largest = Math.max(Math.abs(from), Math.abs(to));
    List<Tick> ticks = new ArrayList<>();
    long last = (long) Math.floor(to / step + 1e-9);
    for (long i = (long) Math.ceil(from / step - 1e-9); i <= last; i++) {
      ticks.add(new Tick(i * step, NumberText.tick(i * step, step, largest)));
    }
    return ticks;
  }

  /** Where a value lies: 0 at the axis's beginning, 1 at its end. */
  double place(double value) {
    return logarithmic
        ? Math.log(value / from) / Math.log(to / from)
        : (value - from) / (to - from);
  }

  /** The labelled values, ascending. */
  List<Tick> ticks() {
    return ticks;
  }

  /** Whether a value can be shown on this axis. */
  boolean shows(double value) {
    return shows(value, logarithmic);
  }
}
