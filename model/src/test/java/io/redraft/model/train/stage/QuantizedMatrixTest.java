package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.train.config.FrozenStorage;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuantizedMatrixTest {
  private static final FrozenStorage[] STORAGES = {
    FrozenStorage.INT8, FrozenStorage.INT4, FrozenStorage.NF4
  };

  private static FrozenStorage whole(int bits) {
    return bits == 8 ? FrozenStorage.INT8 : FrozenStorage.INT4;
  }

  private static float[] values(int size) {
    var random = new Random(4);
    var values = new float[size];
    for (var i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * (1 + i / 64));
    }
    return values;
  }

  @Test
  void noValueIsFurtherFromWhatIsKeptThanHalfAStep() {
    for (var bits : new int[] {8, 4}) {
      var levels = bits == 8 ? 127 : 7;
      var values = values(7 * 64 + 13); // the last block is short
      var kept = QuantizedMatrix.of(values, whole(bits)).dequantize();
      assertThat(kept).hasSameSizeAs(values);
      for (var start = 0; start < values.length; start += 64) {
        var end = Math.min(values.length, start + 64);
        var largest = 0f;
        for (var i = start; i < end; i++) {
          largest = Math.max(largest, Math.abs(values[i]));
        }
        for (var i = start; i < end; i++) {
          // Half a step, and what rounding in float32 adds to it.
          assertThat(Math.abs(values[i] - kept[i])).isLessThanOrEqualTo(0.501f * largest / levels);
        }
      }
    }
  }

  @Test
  void wholeMultiplesOfTheScaleAreKeptExactly() {
    for (var bits : new int[] {8, 4}) {
      var levels = bits == 8 ? 127 : 7;
      var values = new float[128];
      for (var i = 0; i < 128; i++) {
        values[i] = 0.25f * (i % (2 * levels + 1) - levels);
      }
      values[127] = -0.25f * levels; // the largest of its block, whatever the others are
      values[64] = 0.25f * levels;
      assertThat(QuantizedMatrix.of(values, whole(bits)).dequantize()).isEqualTo(values);
    }
  }

  @Test
  void zerosStayZeros() {
    assertThat(QuantizedMatrix.of(new float[70], FrozenStorage.INT4).dequantize())
        .containsOnly(0f)
        .hasSize(70);
    assertThat(QuantizedMatrix.of(new float[70], FrozenStorage.INT8).dequantize())
        .containsOnly(0f)
        .hasSize(70);
  }

  @Test
  void sizesAreThoseThatMemoryIsPlannedWith() {
    for (var storage : STORAGES) {
      var matrix = QuantizedMatrix.of(values(1000), storage);
      assertThat(matrix.codes().length + 4L * matrix.scales().length)
          .isEqualTo(QuantizedMatrix.bytes(1000, storage));
    }
    // Four bits a value either way: 16 blocks of 64 with a scale each.
    assertThat(QuantizedMatrix.bytes(1000, FrozenStorage.NF4)).isEqualTo(16 * (32 + 4));
  }

  /** The values of NF4 from their definition: quantiles of the normal distribution. */
  private static double[] quantiles() {
    var values = new double[16];
    var last = 0.9677083;
    for (var i = 0; i < 8; i++) {
      values[15 - i] = quantile(last + (0.5 - last) * i / 8);
    }
    for (var i = 0; i < 7; i++) {
      values[i] = -quantile(last + (0.5 - last) * i / 7);
    }
    var largest = values[15];
    return Arrays.stream(values).map(v -> v / largest).toArray();
  }

  /** Where the normal distribution has a probability, by bisection of its integral. */
  private static double quantile(double probability) {
    var low = 0.0;
    var high = 4.0;
    for (var i = 0; i < 60; i++) {
      var middle = (low + high) / 2;
      if (0.5 + integral(middle) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** From 0, by Simpson's rule. */
  private static double integral(double to) {
    var n = 2000;
    var sum = 0.0;
    for (var i = 0; i <= n; i++) {
      var x = to * i / n;
      var weight = i == 0 || i == n ? 1 : i % 2 == 0 ? 2 : 4;
      sum += weight * Math.exp(-x * x / 2);
    }
    return sum * to / n / 3 / Math.sqrt(2 * Math.PI);
  }

  @Test
  void theSixteenValuesAreTheQuantilesOfTheirDefinition() {
    var values = NormalFloat.values();
    var expected = quantiles();
    for (var i = 0; i < 16; i++) {
      // The published table has float32 probabilities.
      assertThat((double) values[i]).isCloseTo(expected[i], within(2e-7));
    }
    assertThat(values[NormalFloat.ZERO]).isZero();
  }

  /** ‖W − kept W‖ / ‖W‖ in float64, the nearest value of each block searched among all of them. */
  private static double searched(float[] weights, double[] values) {
    var error = 0.0;
    var size = 0.0;
    for (var start = 0; start < weights.length; start += 64) {
      var largest = 0.0;
      for (var i = start; i < start + 64; i++) {
        largest = Math.max(largest, Math.abs(weights[i]));
      }
      for (var i = start; i < start + 64; i++) {
        var least = Double.POSITIVE_INFINITY;
        for (var value : values) {
          least = Math.min(least, Math.pow(weights[i] - largest * value, 2));
        }
        error += least;
        size += Math.pow(weights[i], 2);
      }
    }
    return Math.sqrt(error / size);
  }

  private static double found(float[] weights, FrozenStorage storage) {
    var kept = QuantizedMatrix.of(weights, storage).dequantize();
    var error = 0.0;
    var size = 0.0;
    for (var i = 0; i < weights.length; i++) {
      error += Math.pow((double) weights[i] - kept[i], 2);
      size += Math.pow(weights[i], 2);
    }
    return Math.sqrt(error / size);
  }

  @Test
  void ofNormalWeightsQuantilesLoseLessThanEvenlySpacedValues() {
    var random = new Random(7);
    var weights = new float[64 * 4096];
    for (var i = 0; i < weights.length; i++) {
      weights[i] = (float) (0.02 * random.nextGaussian());
    }
    var whole = found(weights, FrozenStorage.INT4);
    var normal = found(weights, FrozenStorage.NF4);
    var sevenths = IntStream.rangeClosed(-7, 7).mapToDouble(i -> i / 7.0).toArray();
    assertThat(whole).isCloseTo(searched(weights, sevenths), within(1e-6));
    assertThat(normal).isCloseTo(searched(weights, quantiles()), within(1e-6));
    // What the documentation says; 262,144 weights, so that another draw differs by 2e-4.
    assertThat(whole).isCloseTo(0.1077, within(6e-4));
    assertThat(normal).isCloseTo(0.0918, within(6e-4));
    var bytes = IntStream.rangeClosed(-127, 127).mapToDouble(i -> i / 127.0).toArray();
    assertThat(found(weights, FrozenStorage.INT8))
        .isCloseTo(searched(weights, bytes), within(1e-6))
        .isCloseTo(0.0059, within(1e-4));
  }

  @Test
  void valuesOfTheTableAreKeptExactlyAndZerosStayZeros() {
    var weights = new float[64];
    for (var i = 0; i < 64; i++) {
      weights[i] = 0.5f * NormalFloat.value(i % 16);
    }
    assertThat(QuantizedMatrix.of(weights, FrozenStorage.NF4).dequantize()).isEqualTo(weights);
    assertThat(QuantizedMatrix.of(new float[70], FrozenStorage.NF4).dequantize())
        .containsOnly(0f)
        .hasSize(70);
  }
}
