package io.redraft.model.train.stage;

import io.redraft.model.train.config.FrozenStorage;

/**
 * A matrix in fewer bits: every {@link #BLOCK} consecutive values of it, row by row, share a
 * float32 scale s = max|x| / L, and a value is kept as round(x / s), −L to L; L is 127 for 8 bits
 * and 7 for 4 (block-wise absmax, Dettmers et al. 2022). So |x − s·q| ≤ s/2.
 *
 * @param bits 8: a value a byte, with 128 added; or 4: two values a byte, the first in the lower
 *     half, each with 8 added
 * @param elements number of values; the last block is filled up with zeros
 * @param codes the values
 * @param scales one a block
 */
record QuantizedMatrix(int bits, int elements, byte[] codes, float[] scales) {
  /** Values that share a scale. */
  static final int BLOCK = 64;

  /** Bits a value of a storage. */
  static int bits(FrozenStorage storage) {
    return switch (storage) {
      case COMPUTE -> throw new IllegalArgumentException("not quantised");
      case INT8 -> 8;
      case INT4 -> 4;
    };
  }

  /** Bytes of so many values and their scales. */
  static long bytes(long elements, int bits) {
    var blocks = blocks(elements);
    return blocks * BLOCK * bits / 8 + blocks * Float.BYTES;
  }

  private static long blocks(long elements) {
    return (elements + BLOCK - 1) / BLOCK;
  }

  /** Quantises a matrix. */
  static QuantizedMatrix of(float[] values, int bits) {
    var blocks = Math.toIntExact(blocks(values.length));
    var codes = new byte[Math.toIntExact((long) blocks * BLOCK * bits / 8)];
    var scales = new float[blocks];
    var levels = (1 << bits - 1) - 1;
    for (var block = 0; block < blocks; block++) {
      var start = block * BLOCK;
      var largest = 0f;
      for (var i = start; i < Math.min(values.length, start + BLOCK); i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      var scale = largest / levels;
      scales[block] = scale;
      for (var i = start; i < start + BLOCK; i++) {
        var value = i < values.length && scale > 0 ? Math.round(values[i] / scale) : 0;
        put(codes, bits, i, Math.max(-levels, Math.min(levels, value)));
      }
    }
    return new QuantizedMatrix(bits, values.length, codes, scales);
  }

  private static void put(byte[] codes, int bits, int i, int value) {
    if (bits == 8) {
      codes[i] = (byte) (value + 128);
    } else {
      var shifted = i % 2 == 0 ? value + 8 : value + 8 << 4;
      codes[i / 2] = (byte) (codes[i / 2] | shifted);
    }
  }

  /** The values that are kept. */
  float[] dequantize() {
    var values = new float[elements];
    for (var i = 0; i < elements; i++) {
      var value = bits == 8 ? (codes[i] & 255) - 128 : (codes[i / 2] >> (i % 2 * 4) & 15) - 8;
      values[i] = value * scales[i / BLOCK];
    }
    return values;
  }
}
