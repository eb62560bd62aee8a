package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ConditionTest {
  @Property
  void aConditionIsOneTokenToHalfOfTheSample(
      @ForAll long seed, @ForAll long sample, @ForAll @IntRange(min = 2, max = 600) int tokens) {
    assertThat(Condition.of(seed, sample, tokens, 1, 0).length()).isBetween(1, tokens / 2);
    assertThat(Condition.of(seed, sample, tokens, 0, 0)).isEqualTo(Condition.NONE);
  }

  @Property
  void theSameSampleOfTheSamePassHasTheSameCondition(
      @ForAll long seed,
      @ForAll long sample,
      @ForAll @DoubleRange(min = 0, max = 1) double share,
      @ForAll @DoubleRange(min = 0, max = 1) double dropout) {
    var once = Condition.of(seed, sample, 64, share, dropout);
    assertThat(Condition.of(seed, sample, 64, share, dropout)).isEqualTo(once);
    // Neither the presence nor the length depends on whether a condition is hidden.
    assertThat(Condition.of(seed, sample, 64, share, 0).length()).isEqualTo(once.length());
  }

  @Test
  void sharesAndLengthsAreWhatWasAskedFor() {
    var draws = 100_000;
    var present = 0;
    var hidden = 0;
    var lengths = new int[9];
    for (var sample = 0; sample < draws; sample++) {
      var condition = Condition.of(5, sample, 16, 0.4, 0.25);
      lengths[condition.length()]++;
      present += condition.length() > 0 ? 1 : 0;
      hidden += condition.hidden() ? 1 : 0;
    }
    // Five standard deviations of a binomial count: of 0.4, 0.1 and 0.05 of the draws.
    assertThat(present).isBetween(39_225, 40_775);
    assertThat(hidden).isBetween(9_525, 10_475);
    for (var length = 1; length <= 8; length++) {
      assertThat(lengths[length]).isBetween(4_655, 5_345);
    }
  }

  @Test
  void somethingIsAlwaysLeftToPredict() {
    var whole = new Condition(2, false);
    assertThatThrownBy(() -> new Sample(0, 0, new int[] {1, 2}, whole))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
