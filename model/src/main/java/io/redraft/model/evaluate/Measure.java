package io.redraft.model.evaluate;

import java.util.Locale;

/**
 * One number that was measured.
 *
 * @param name its stable name for programs, as {@code bits_per_byte}
 * @param label its name for people
 * @param value NaN where there was nothing to measure
 * @param unit how it is written
 */
public record Measure(String name, String label, double value, Unit unit) {
  /** How a number is written. */
  public enum Unit {
    /** A whole number of things. */
    COUNT("%,.0f"),
    /** Nats or bits for one of something. */
    INFORMATION("%.4f"),
    /** A part of a whole, 0 to 1. */
    SHARE("%.2f %%"),
    /** A number without a unit. */
    PLAIN("%.3f"),
    /** e to a number of nats. */
    PERPLEXITY("%,.2f");

    private final String form;

    Unit(String form) {
      this.form = form;
    }
  }

  /** A number of things. */
  static Measure count(String name, String label, long value) {
    return new Measure(name, label, value, Unit.COUNT);
  }

  /** Nats or bits. */
  static Measure information(String name, String label, double value) {
    return new Measure(name, label, value, Unit.INFORMATION);
  }

  /** A part of a whole. */
  static Measure share(String name, String label, double value) {
    return new Measure(name, label, value, Unit.SHARE);
  }

  /** The value as people read it. */
  public String text() {
    if (!Double.isFinite(value)) {
      return "–";
    }
    return String.format(Locale.ROOT, unit.form, unit == Unit.SHARE ? 100 * value : value);
  }
}
