package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MasksTest {
  @Property(tries = 50)
  void theShareOfMasksIsTheRatio(
      @ForAll long seed, @ForAll long sample, @ForAll @DoubleRange(min = 0, max = 1) double ratio) {
    var length = 20_000;
    var share = (double) count(Masks.of(sample, ratio, seed, length)) / length;
    // Six standard deviations of a binomial share: one miss in 10⁹ tries.
    assertThat(Math.abs(share - ratio))
        .isLessThanOrEqualTo(6 * Math.sqrt(ratio * (1 - ratio) / length) + 1e-9);
  }

  @Property(tries = 200)
  void aLargerRatioOnlyAddsMasks(
      @ForAll long seed,
      @ForAll long sample,
      @ForAll @DoubleRange(min = 0, max = 1) double a,
      @ForAll @DoubleRange(min = 0, max = 1) double b) {
    var fewer = Masks.of(sample, Math.min(a, b), seed, 64);
    var more = Masks.of(sample, Math.max(a, b), seed, 64);
    for (var i = 0; i < 64; i++) {
      assertThat(!fewer[i] || more[i]).isTrue();
    }
  }

  @Property(tries = 100)
  void masksDoNotDependOnTheLengthOrOnOtherSamples(
      @ForAll long seed, @ForAll long sample, @ForAll @IntRange(min = 1, max = 63) int length) {
    var whole = Masks.of(sample, 0.5, seed, 64);
    Masks.of(sample + 1, 0.5, seed, 64);
    var part = Masks.of(sample, 0.5, seed, length);
    for (var i = 0; i < length; i++) {
      assertThat(part[i]).isEqualTo(whole[i]);
    }
  }

  @Test
  void positionsAndSamplesAreUncorrelated() {
    var agree = 0;
    for (var sample = 0; sample < 10_000; sample++) {
      var mask = Masks.of(sample, 0.5, 42, 2);
      agree += mask[0] == mask[1] ? 1 : 0;
    }
    // Half of 10 000 with a standard deviation of 50; five of them.
    assertThat(agree).isBetween(4750, 5250);
  }

  @Test
  void ratiosZeroAndOneAreExact() {
    assertThat(count(Masks.of(3, 0, 9, 1000))).isZero();
    assertThat(count(Masks.of(3, 1, 9, 1000))).isEqualTo(1000);
  }

  private static int count(boolean[] masked) {
    var n = 0;
    for (var m : masked) {
      n += m ? 1 : 0;
    }
    return n;
  }
}
