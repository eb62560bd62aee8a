package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  @Property(tries = 200)
  void everyPassVisitsEverySampleOnce(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 700) int samples) {
    var order = new SampleOrder(seed, samples);
    for (var pass = 0; pass < 2; pass++) {
      var seen = new boolean[samples];
      for (var i = 0; i < samples; i++) {
        var turn = order.at((long) pass * samples + i);
        assertThat(turn.pass()).isEqualTo(pass);
        assertThat(seen[(int) turn.sample()]).isFalse();
        seen[(int) turn.sample()] = true;
      }
    }
  }

  @Test
  void passesAndSeedsAreShuffledDifferently() {
    var first = prefix(new SampleOrder(1, 10_000), 0);
    assertThat(prefix(new SampleOrder(1, 10_000), 10_000)).isNotEqualTo(first);
    assertThat(prefix(new SampleOrder(2, 10_000), 0)).isNotEqualTo(first);
    assertThat(prefix(new SampleOrder(1, 10_000), 0)).isEqualTo(first);
  }

  @Test
  void neighboursInTheOrderAreFarApartInTheData() {
    var order = new SampleOrder(5, 10_000);
    var distance = 0.0;
    for (var i = 1; i < 10_000; i++) {
      distance += Math.abs(order.at(i).sample() - order.at(i - 1).sample());
    }
    // A uniform shuffle of n has a mean distance of n/3; the tolerance is five standard errors.
    assertThat(distance / 9_999).isBetween(3200.0, 3470.0);
  }

  @Test
  void nothingToOrderIsRefused() {
    assertThatThrownBy(() -> new SampleOrder(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  private static long[] prefix(SampleOrder order, long from) {
    var samples = new long[20];
    for (var i = 0; i < samples.length; i++) {
      samples[i] = order.at(from + i).sample();
    }
    return samples;
  }
}
