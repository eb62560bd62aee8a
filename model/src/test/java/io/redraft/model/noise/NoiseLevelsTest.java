package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NoiseLevelsTest {
  @Property
  void withoutABandTimesAndWeightsAreThoseOfTheSchedule(
      @ForAll NoiseSchedule schedule, @ForAll long seed) {
    var levels = new NoiseLevels.Continuous(schedule, TimeBand.FULL);
    var times = StratifiedTimes.of(seed, 3, 5);
    var places = StratifiedTimes.places(seed, 3, 5);
    for (var i = 0; i < 5; i++) {
      assertThat(levels.at(places[i], 1)).isEqualTo(NoiseLevel.of(schedule, times[i]));
    }
  }

  @Property
  void noLevelIsOutsideOfItsBandOrAboveTheLimit(
      @ForAll NoiseSchedule schedule,
      @ForAll @DoubleRange(min = 0.01, max = 0.5) double from,
      @ForAll @DoubleRange(min = 0.51, max = 1) double to,
      @ForAll @DoubleRange(min = 0, max = 1, maxIncluded = false) double unit,
      @ForAll @DoubleRange(min = 0.8, max = 1) double limit,
      @ForAll @IntRange(min = 200, max = 3000) int timesteps) {
    var band = new TimeBand(from, to);
    NoiseLevels[] all = {
      new NoiseLevels.Continuous(schedule, band),
      new NoiseLevels.Discrete(schedule, band, timesteps),
      new NoiseLevels.Uniform(schedule.maskRatio(from), schedule.maskRatio(to))
    };
    for (var levels : all) {
      var ratio = levels.at(unit, limit).maskRatio();
      assertThat(ratio).isBetween(levels.lowest(), Math.min(limit, schedule.maskRatio(to)) + 1e-8);
    }
    assertThat(all[0].lowest()).isEqualTo(schedule.maskRatio(from));
  }

  @Test
  void aPartOfTheTimesWeighsItsPart() {
    var band = new NoiseLevels.Continuous(NoiseSchedule.LINEAR, new TimeBand(0.2, 0.5));
    // The middle of the band is t = 0.35: 1/0.35 times 0.3/0.999.
    var level = band.at(0.5, 1);
    assertThat(level.maskRatio()).isCloseTo(0.35, within(1e-12));
    assertThat(level.weight()).isCloseTo(0.3 / 0.35 / 0.999, within(1e-12));
    // A limit of 0.4 leaves 0.2 to 0.4.
    var limited = band.at(0.5, 0.4);
    assertThat(limited.maskRatio()).isCloseTo(0.3, within(1e-12));
    assertThat(limited.weight()).isCloseTo(0.2 / 0.3 / 0.999, within(1e-12));
  }

  @Test
  void discreteStepsAreEquallyLikelyAndWeighWhatTheyUncover() {
    var levels = new NoiseLevels.Discrete(NoiseSchedule.LINEAR, TimeBand.FULL, 4);
    for (var i = 1; i <= 4; i++) {
      for (var inside : new double[] {0, 0.5, 0.999}) {
        var level = levels.at((i - 1 + inside) / 4, 1);
        assertThat(level.maskRatio()).isEqualTo(i / 4.0);
        // T (α(s) − α(t)) / (1 − α(t)) = 4 · ¼ / (i/4)
        assertThat(level.weight()).isCloseTo(4.0 / i, within(1e-12));
      }
    }
  }

  @Test
  void discreteBandsSideBySideHoldEveryStepOnce() {
    var cut = 0.29; // 0.29 · 100 is 28.999999999999996
    var low =
        new NoiseLevels.Discrete(
            NoiseSchedule.LINEAR, new TimeBand(StratifiedTimes.SMALLEST, cut), 100);
    var high = new NoiseLevels.Discrete(NoiseSchedule.LINEAR, new TimeBand(cut, 1), 100);
    assertThat(low.at(0, 1).maskRatio()).isEqualTo(0.01);
    assertThat(low.at(0.9999, 1).maskRatio()).isEqualTo(0.29);
    assertThat(high.at(0, 1).maskRatio()).isEqualTo(0.30);
    assertThat(high.at(0.9999, 1).maskRatio()).isEqualTo(1);
    // 29 steps of 0.01/0.29; 71 steps of 0.01/0.30.
    assertThat(low.at(0.9999, 1).weight()).isCloseTo(1, within(1e-9));
    assertThat(high.at(0, 1).weight()).isCloseTo(71 / 30.0, within(1e-9));
    assertThat(high.at(0.9999, 0.5).maskRatio()).isEqualTo(0.5);
    assertThat(new NoiseLevels.Discrete(NoiseSchedule.LINEAR, new TimeBand(0.4, 0.45), 10).empty())
        .isTrue();
  }

  @Test
  void manyDiscreteStepsWeighLikeContinuousTime() {
    for (var schedule : NoiseSchedule.values()) {
      var discrete = new NoiseLevels.Discrete(schedule, TimeBand.FULL, 1_000_000);
      for (var t : new double[] {0.01, 0.3, 0.7, 0.99}) {
        // A difference quotient over 10⁻⁶; its error is of that order, relative to 1/t at most.
        assertThat(discrete.at(t - 1e-7, 1).weight())
            .isCloseTo(schedule.weight(t), within(1e-3 * schedule.weight(t)));
      }
    }
  }

  @Test
  void uniformRatiosCoverTheirRange() {
    var levels = new NoiseLevels.Uniform(0.15, 0.9);
    assertThat(levels.at(0, 1)).isEqualTo(new NoiseLevel(0.15, 1));
    assertThat(levels.at(0.5, 1).maskRatio()).isCloseTo(0.525, within(1e-12));
    assertThat(levels.at(0.5, 0.25).maskRatio()).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void sharesOfBandsAddUp() {
    var parts = new TimeBand(StratifiedTimes.SMALLEST, 0.3).share() + new TimeBand(0.3, 1).share();
    assertThat(parts).isCloseTo(1, within(1e-12));
    assertThat(TimeBand.FULL.share()).isEqualTo(1);
  }
}
