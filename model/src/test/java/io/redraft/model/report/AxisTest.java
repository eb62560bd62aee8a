package io.redraft.model.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AxisTest {
  private static Axis linear(double... values) {
    return Axis.of(DoubleStream.of(values), false, true, 6);
  }

  private static Axis logarithmic(double... values) {
    return Axis.of(DoubleStream.of(values), true, true, 6);
  }

  private static String labels(Axis axis) {
    return String.join(" ", axis.ticks().stream().map(Axis.Tick::label).toList());
  }

  @Test
  void ticksAreRoundNumbersThatHoldTheValues() {
    assertThat(labels(linear(1.47, 4.2))).isEqualTo("1 1.5 2 2.5 3 3.5 4 4.5");
    assertThat(labels(linear(0, 0.00087))).isEqualTo("0 0.0002 0.0004 0.0006 0.0008 0.001");
    assertThat(labels(linear(0, 7e-5))).isEqualTo("0 2e-5 4e-5 6e-5 8e-5");
    assertThat(labels(linear(-3, 8))).isEqualTo("-4 -2 0 2 4 6 8");
    assertThat(labels(linear(0, 1))).isEqualTo("0 0.2 0.4 0.6 0.8 1");
    assertThat(labels(linear(0, 23_000))).isEqualTo("0 5k 10k 15k 20k 25k");
    assertThat(labels(linear(1_200_000, 1_740_000)))
        .isEqualTo("1.2M 1.3M 1.4M 1.5M 1.6M 1.7M 1.8M");
    assertThat(labels(linear(2.4178, 2.4181)))
        .isEqualTo("2.4178 2.41785 2.4179 2.41795 2.418 2.41805 2.4181");
  }

  @Test
  void anAxisThatIsNotRoundedEndsAtItsValues() {
    var axis = Axis.of(DoubleStream.of(710, 4990), false, false, 7);
    assertThat(axis.place(710)).isZero();
    assertThat(axis.place(4990)).isEqualTo(1);
    assertThat(labels(axis)).isEqualTo("1000 2000 3000 4000");
    var near = Axis.of(DoubleStream.of(10, 4990), false, false, 7);
    assertThat(near.place(0)).isZero();
    assertThat(labels(near)).startsWith("0 1000");
  }

  @Test
  void aLogarithmicAxisPlacesByRatio() {
    var axis = logarithmic(1e-6, 1e-2);
    assertThat(labels(axis)).isEqualTo("1e-6 1e-5 1e-4 0.001 0.01");
    assertThat(axis.place(1e-6)).isCloseTo(0, within(1e-12));
    assertThat(axis.place(1e-4)).isCloseTo(0.5, within(1e-12));
    assertThat(axis.shows(0)).isFalse();
    assertThat(axis.shows(-1)).isFalse();
    assertThat(labels(logarithmic(3, 70))).isEqualTo("2 5 10 20 50 100");
    assertThat(labels(logarithmic(1.5, 4))).isEqualTo("1.5 2 2.5 3 3.5 4");
  }

  @Test
  void oneValueStandsInTheMiddleAndNoneStillMakesAnAxis() {
    assertThat(Axis.of(DoubleStream.of(7), false, false, 6).place(7)).isEqualTo(0.5);
    assertThat(Axis.of(DoubleStream.of(7), true, false, 6).place(7)).isCloseTo(0.5, within(1e-12));
    assertThat(labels(linear(Double.NaN, Double.POSITIVE_INFINITY)))
        .isEqualTo("0 0.2 0.4 0.6 0.8 1");
  }

  @Property(tries = 500)
  void everyRangeGetsAFewDifferentTicksInsideIt(
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double a,
      @ForAll @DoubleRange(min = 1, max = 10) double width,
      @ForAll @IntRange(min = -9, max = 9) int power) {
    // A millionth of a itself is the least: labels have twelve decimals.
    var b = a + Math.max(width * Math.pow(10, power), Math.abs(a) * 1e-6);
    var axis = linear(a, b);
    assertThat(axis.place(a)).isBetween(-1e-6, 1.0);
    assertThat(axis.place(b)).isBetween(0.0, 1 + 1e-6);
    assertThat(axis.ticks()).hasSizeBetween(2, 9);
    assertThat(axis.ticks()).extracting(Axis.Tick::label).doesNotHaveDuplicates();
    assertThat(axis.ticks()).allMatch(t -> Math.abs(axis.place(t.value()) - 0.5) < 0.5 + 1e-6);
  }

  @Property(tries = 500)
  void everyPositiveRangeGetsALogarithmicAxis(
      @ForAll @DoubleRange(min = 1, max = 10) double mantissa,
      @ForAll @IntRange(min = -12, max = 9) int power,
      @ForAll @DoubleRange(min = 0.01, max = 12) double decades) {
    var a = mantissa * Math.pow(10, power);
    var b = a * Math.pow(10, decades);
    var axis = logarithmic(a, b);
    assertThat(axis.ticks()).hasSizeBetween(2, 12);
    assertThat(Arrays.asList(axis.place(a), axis.place(b)))
        .allMatch(place -> place > -1e-6 && place < 1 + 1e-6);
  }
}
