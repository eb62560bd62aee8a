package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class NoiseScheduleTest {
  @Property
  void weightIsTheRelativeGrowthOfTheMaskRatio(
      @ForAll NoiseSchedule schedule, @ForAll @DoubleRange(min = 0.01, max = 0.99) double t) {
    var h = 1e-6;
    // −α′ = d(1 − α)/dt, by a central difference: its error is of order h².
    var slope = (schedule.maskRatio(t + h) - schedule.maskRatio(t - h)) / (2 * h);
    assertThat(schedule.weight(t))
        .isCloseTo(slope / schedule.maskRatio(t), within(1e-5 * (1 + 1 / t)));
  }

  @Property
  void masksOnlyGrowWithTime(
      @ForAll NoiseSchedule schedule,
      @ForAll @DoubleRange(min = 0, max = 1) double a,
      @ForAll @DoubleRange(min = 0, max = 1) double b) {
    assertThat(schedule.maskRatio(Math.min(a, b)))
        .isBetween(0.0, schedule.maskRatio(Math.max(a, b)));
  }

  @Test
  void logLinearWeighsWithOneOverT() {
    assertThat(NoiseSchedule.LOG_LINEAR.weight(0.25)).isEqualTo(4);
    assertThat(NoiseSchedule.LOG_LINEAR.maskRatio(1)).isEqualTo(0.999);
  }

  @Test
  void everyOtherScheduleEndsFullyMasked() {
    assertThat(NoiseSchedule.LINEAR.maskRatio(1)).isEqualTo(1);
    assertThat(NoiseSchedule.COSINE.maskRatio(1)).isCloseTo(1, within(1e-15));
    assertThat(NoiseSchedule.QUADRATIC.maskRatio(1)).isEqualTo(1);
  }

  @Property
  void theTimeOfAMaskRatioIsTheInverse(
      @ForAll NoiseSchedule schedule, @ForAll @DoubleRange(min = 0, max = 1) double t) {
    // Near t = 0 a cosine's ratio is (πt/2)²/2, near t = 1 a quadratic one's is 1 − (1 − t)²; the
    // root that undoes either makes 10⁻¹⁶ a few 10⁻⁸.
    assertThat(schedule.time(schedule.maskRatio(t))).isCloseTo(t, within(1e-7));
  }

  @Test
  void whatAMaskedTokenWeighsOnAverageIsBounded() {
    var bounds =
        Map.of(
            NoiseSchedule.LOG_LINEAR,
            1.0,
            NoiseSchedule.LINEAR,
            1.0,
            NoiseSchedule.COSINE,
            Math.PI / 2,
            NoiseSchedule.QUADRATIC,
            2.0);
    bounds.forEach(
        (schedule, bound) -> {
          for (var i = 1; i <= 10_000; i++) {
            var t = i / 10_000.0;
            assertThat(schedule.weight(t) * schedule.maskRatio(t)).isBetween(0.0, bound + 1e-12);
          }
          // Reached where masking grows fastest: at the end for a cosine, else at once.
          var steepest = schedule == NoiseSchedule.COSINE ? 1 : StratifiedTimes.SMALLEST;
          assertThat(schedule.weight(steepest) * schedule.maskRatio(steepest))
              .isCloseTo(bound, within(3e-3));
        });
  }

  @Test
  void weightsAreFiniteAtBothEndsOfTheTimesThatAreDrawn() {
    // At the smallest time: 1/t for the linear ones, 2/t for a cosine, about 1/t for a quadratic.
    assertThat(NoiseSchedule.LINEAR.weight(StratifiedTimes.SMALLEST)).isEqualTo(1000);
    assertThat(NoiseSchedule.COSINE.weight(StratifiedTimes.SMALLEST)).isCloseTo(2000, within(0.1));
    assertThat(NoiseSchedule.QUADRATIC.weight(StratifiedTimes.SMALLEST))
        .isCloseTo(999.5, within(0.01));
    assertThat(NoiseSchedule.QUADRATIC.weight(1)).as("nothing is masked anew").isZero();
    assertThat(NoiseSchedule.COSINE.weight(1)).isCloseTo(Math.PI / 2, within(1e-12));
  }

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatExist() {
    assertThat(Choice.of("schedule", "log-linear", NoiseSchedule.values()))
        .isEqualTo(NoiseSchedule.LOG_LINEAR);
    assertThatThrownBy(() -> Choice.of("objective.schedule", "sqrt", NoiseSchedule.values()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.schedule is sqrt; allowed: log-linear, linear, cosine, quadratic");
  }
}
