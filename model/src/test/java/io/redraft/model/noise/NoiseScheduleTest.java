package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
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

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatExist() {
    assertThat(NoiseSchedule.of("schedule", "log-linear")).isEqualTo(NoiseSchedule.LOG_LINEAR);
    assertThatThrownBy(() -> NoiseSchedule.of("objective.schedule", "sqrt"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("objective.schedule is sqrt; allowed: log-linear, linear, cosine, quadratic");
  }
}
