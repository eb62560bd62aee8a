package io.redraft.model.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as short text: what stands at a tick of an axis, and beside a point. */
final class NumberText {
  private static final String[] SUFFIXES = {"", "k", "M", "G", "T", "P"};

  private NumberText() {}

  /**
   * A tick's label with the decimals that tell it from its neighbours: {@code 0.25}, {@code 20k},
   * {@code 3e-4}.
   *
   * @param step distance to the next tick
   * @param largest largest absolute value on the axis, which chooses the form for all its ticks
   */
  static String tick(double value, double step, double largest) {
    if (value == 0) {
      return "0";
    }
    if (largest < 1e-3) {
      int exponent = (int) Math.floor(Math.log10(largest) + 1e-9);
      double unit = Math.pow(10, exponent);
      return decimals(value / unit, step / unit) + "e" + exponent;
    }
    int thousands = largest < 1e4 ? 0 : (int) Math.floor(Math.log10(largest) / 3 + 1e-9);
    thousands = Math.min(thousands, SUFFIXES.length - 1);
    double unit = Math.pow(1000, thousands);
    return decimals(value / unit, step / unit) + SUFFIXES[thousands];
  }

  private static String decimals(double value, double step) {
    int places = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
    var rounded = BigDecimal.valueOf(value).setScale(Math.min(places, 12), RoundingMode.HALF_EVEN);
    return plain(rounded);
  }

  /** A number by itself, to {@code digits} significant digits. */
  static String significant(double value, int digits) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    if (value == 0) {
      return "0";
    }
    var rounded = BigDecimal.valueOf(value).round(new MathContext(digits));
    double size = Math.abs(rounded.doubleValue());
    if (size >= 1e-4 && size < 1e7) {
      return plain(rounded);
    }
    return String.format(Locale.ROOT, "%." + (digits - 1) + "e", value)
        .replaceFirst("\\.?0*e", "e")
        .replaceFirst("e\\+?(-?)0*(\\d)", "e$1$2");
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
