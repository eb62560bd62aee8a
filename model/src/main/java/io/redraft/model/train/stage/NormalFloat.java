package io.redraft.model.train.stage;

import java.util.Arrays;

/**
 * The 16 values of 4-bit NormalFloat (Dettmers et al. 2023, QLoRA, appendix E): quantiles of the
 * normal distribution at eight probabilities that are evenly spaced from 1/2 to 0.9677083 and at
 * seven for the negative side, divided by the largest, and 0 itself. Weights that are normally
 * distributed fall on them about equally often.
 */
final class NormalFloat {
  /** The values, ascending; the first is −1, the last 1, and number {@link #ZERO} is 0. */
  private static final float[] VALUES = {
    -1f,
    -0.69619280f,
    -0.52507305f,
    -0.39491749f,
    -0.28444138f,
    -0.18477343f,
    -0.09105004f,
    0f,
    0.07958030f,
    0.16093020f,
    0.24611230f,
    0.33791524f,
    0.44070983f,
    0.56261700f,
    0.72295684f,
    1f
  };

  /** Number of the value 0. */
  static final int ZERO = 7;

  /** Halfway between neighbours. */
  private static final float[] BETWEEN = new float[VALUES.length - 1];

  static {
    for (var i = 0; i < BETWEEN.length; i++) {
      BETWEEN[i] = (VALUES[i] + VALUES[i + 1]) / 2;
    }
  }

  private NormalFloat() {}

  /** A copy of the values. */
  static float[] values() {
    return VALUES.clone();
  }

  /** One of the values. */
  static float value(int code) {
    return VALUES[code];
  }

  /** Number of the value that is nearest to another, 0 to 15. */
  static int nearest(float value) {
    var found = Arrays.binarySearch(BETWEEN, value);
    return found < 0 ? -1 - found : found;
  }
}
