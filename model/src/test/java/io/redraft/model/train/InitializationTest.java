package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.noise.CounterHash;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InitializationTest {
  /** More than any core draws in a row, and no multiple of it. */
  private static final int SIZE = 200_003;

  @Test
  void everyNumberIsAFunctionOfItsPlaceWhicheverCoreDrawsIt() {
    var found = Initialization.normal(7, "a.weight", SIZE, 0.02);
    var stream = CounterHash.derive(7, "a.weight");
    for (var i = 0; i < SIZE; i++) {
      // Box and Muller's transform, one number after the other.
      var radius = 1 - CounterHash.unit(CounterHash.bits(stream, 2L * i));
      var angle = CounterHash.unit(CounterHash.bits(stream, 2L * i + 1));
      var expected = Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
      assertThat(found[i]).isEqualTo((float) (0.02 * expected));
    }
    assertThat(Initialization.normal(7, "a.weight", 5, 0.02)).containsExactly(first(found, 5));
  }

  private static float[] first(float[] values, int count) {
    return Arrays.copyOf(values, count);
  }

  @Test
  void theDeviationIsWhatWasAskedFor() {
    var sum = 0.0;
    for (var value : Initialization.normal(1, "b.weight", SIZE, 0.02)) {
      sum += (double) value * value;
    }
    // The variance of n normals has a relative deviation of √(2/n), 0.3 %; five of them.
    assertThat(sum / SIZE / 4e-4).isCloseTo(1, within(0.016));
  }
}
