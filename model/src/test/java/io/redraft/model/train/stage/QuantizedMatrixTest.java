package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantizedMatrixTest {
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
      var kept = QuantizedMatrix.of(values, bits).dequantize();
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
      assertThat(QuantizedMatrix.of(values, bits).dequantize()).isEqualTo(values);
    }
  }

  @Test
  void zerosStayZeros() {
    assertThat(QuantizedMatrix.of(new float[70], 4).dequantize()).containsOnly(0f).hasSize(70);
    assertThat(QuantizedMatrix.of(new float[70], 8).dequantize()).containsOnly(0f).hasSize(70);
  }

  @Test
  void sizesAreThoseThatMemoryIsPlannedWith() {
    for (var bits : new int[] {8, 4}) {
      var matrix = QuantizedMatrix.of(values(1000), bits);
      assertThat(matrix.codes().length + 4L * matrix.scales().length)
          .isEqualTo(QuantizedMatrix.bytes(1000, bits));
    }
  }
}
