package io.redraft.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BFloat16Test {
  /** Where bfloat16 would have its next number if its exponent went on. */
  private static final double BEYOND = 0x1p128;

  @Test
  void roundsToTheNearestAndHalfwayToEven() {
    var random = new Random(1);
    for (int upper = 0; upper < 1 << 16; upper++) {
      // Exact, one above, just below, at and above the middle, the last, and any.
      for (int lower : new int[] {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff, random.nextInt(1 << 16)}) {
        float value = Float.intBitsToFloat(upper << 16 | lower);
        short rounded = BFloat16.of(value);
        if (Float.isNaN(value)) {
          assertThat(BFloat16.toFloat(rounded)).as("%x %x", upper, lower).isNaN();
        } else if (Float.isInfinite(value)) {
          assertThat(BFloat16.toFloat(rounded)).isEqualTo(value);
        } else {
          assertThat(rounded).as("%x %x", upper, lower).isEqualTo(reference(value));
        }
      }
    }
  }

  /** By distances in float64, which are exact. */
  private static short reference(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 31;
    double magnitude = Math.abs((double) value);
    int below = Float.floatToRawIntBits(Math.abs(value)) >>> 16;
    double down = Float.intBitsToFloat(below << 16);
    int above = below + 1;
    double up = above == 0x7f80 ? BEYOND : Float.intBitsToFloat(above << 16);
    double less = magnitude - down;
    double more = up - magnitude;
    int nearest = less < more || less == more && below % 2 == 0 ? below : above;
    return (short) (sign << 15 | nearest);
  }
}
