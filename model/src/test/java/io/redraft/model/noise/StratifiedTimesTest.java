package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class StratifiedTimesTest {
  @Property
  void everyStratumHoldsExactlyOneTime(
      @ForAll long seed, @ForAll long step, @ForAll @IntRange(min = 1, max = 300) int n) {
    var seen = new boolean[n];
    for (var t : StratifiedTimes.of(seed, step, n)) {
      var place = (t - StratifiedTimes.SMALLEST) / (1 - StratifiedTimes.SMALLEST);
      assertThat(place).isBetween(-1e-12, 1.0);
      // A time that sits exactly on a border may round to either side.
      var stratum = Math.min(n - 1, (int) Math.floor(place * n + 1e-9));
      assertThat(seen[stratum]).isFalse();
      seen[stratum] = true;
    }
  }

  @Property
  void equalSeedAndStepGiveEqualTimes(@ForAll long seed, @ForAll long step) {
    assertThat(StratifiedTimes.of(seed, step, 7)).isEqualTo(StratifiedTimes.of(seed, step, 7));
    assertThat(StratifiedTimes.of(seed, step, 7))
        .isNotEqualTo(StratifiedTimes.of(seed, step + 1, 7));
  }
}
