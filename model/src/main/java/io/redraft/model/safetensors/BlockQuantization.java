package io.redraft.model.safetensors;

import io.redraft.model.InvalidInputException;

/**
 * Symmetric 8-bit weights: every {@link #BLOCK} consecutive values of the flattened tensor share a
 * half-precision scale s, and a value x is kept as round(x/s), −127 to 127. The scale is the
 * smallest half at or above max|x|/127, so nothing is clipped and |x − s·q| ≤ s/2.
 *
 * @param values one byte an element
 * @param scales half-precision bits, one for every block; the last block may be short
 */
record BlockQuantization(byte[] values, short[] scales) {
  /** Elements that share a scale. */
  static final int BLOCK = 64;

  private static final float LARGEST = 127 * 65504f;

  /** Number of scales of a tensor. */
  static long blocks(long elements) {
    return (elements + BLOCK - 1) / BLOCK;
  }

  /**
   * Quantises a flattened tensor; {@code name} is for the error.
   *
   * @throws InvalidInputException if a value is not finite or too large for a half-precision scale
   */
  static BlockQuantization of(String name, float[] tensor) {
    byte[] values = new byte[tensor.length];
    short[] scales = new short[(int) blocks(tensor.length)];
    for (int block = 0; block < scales.length; block++) {
      int start = block * BLOCK;
      int end = Math.min(tensor.length, start + BLOCK);
      float largest = 0;
      for (int i = start; i < end; i++) {
        float magnitude = Math.abs(tensor[i]);
        if (!(magnitude <= LARGEST)) {
          throw InvalidInputException.of(
              name + "[" + i + "]", tensor[i], "magnitudes up to " + LARGEST + " as 8-bit weights");
        }
        largest = Math.max(largest, magnitude);
      }
      scales[block] = HalfFloats.atLeast(largest / 127);
      float scale = HalfFloats.toFloat(scales[block]);
      for (int i = start; i < end && scale > 0; i++) {
        int rounded = Math.round(tensor[i] / scale);
        values[i] = (byte) Math.max(-127, Math.min(127, rounded));
      }
    }
    return new BlockQuantization(values, scales);
  }

  /** The values that are stored, as float32. */
  float[] dequantize() {
    float[] floats = new float[values.length];
    for (int block = 0; block < scales.length; block++) {
      int start = block * BLOCK;
      int end = Math.min(values.length, start + BLOCK);
      scaleUp(values, start, end, HalfFloats.toFloat(scales[block]), floats);
    }
    return floats;
  }

  static void scaleUp(byte[] values, int start, int end, float scale, float[] floats) {
    for (int i = start; i < end; i++) {
      floats[i] = values[i] * scale;
    }
  }
}
