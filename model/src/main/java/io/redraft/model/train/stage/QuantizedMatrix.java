package io.redraft.model.train.stage;

import io.redraft.model.train.config.FrozenStorage;

/**
 * A matrix in fewer bits: every {@link #BLOCK} consecutive values of it, row by row, share a
 * float32 scale s (block-wise absmax, Dettmers et al. 2022).
 *
 * <ul>
 *   <li>Whole numbers: s = max|x| / L, and a value is kept as round(x / s), −L to L; L is 127 for 8
 *       bits and 7 for 4. So |x − s·q| ≤ s/2.
 *   <li>NormalFloat: s = max|x|, and a value is kept as the number of the nearest of 16 quantiles
 *       to x / s ({@link NormalFloat}).
 * </ul>
 *
 * <p>Of normally distributed weights 4 bits lose 10.8 % as whole numbers and 9.2 % as NormalFloat,
 * 8 bits 0.6 % (‖W − kept W‖ / ‖W‖, Frobenius).
 *
 * @param storage not {@link FrozenStorage#COMPUTE}
 * @param elements number of values; the last block is filled up with zeros
 * @param codes 8 bits: a value a byte, with 128 added; 4: two values a byte, the first in the lower
 *     half, whole numbers with 8 added
 * @param scales one a block
 */
record QuantizedMatrix(FrozenStorage storage, int elements, byte[] codes, float[] scales) {
  /** Values that share a scale. */
  static final int BLOCK = 64;

  /** Bits a value of a storage. */
  private static int bits(FrozenStorage storage) {
    return switch (storage) {
      case COMPUTE -> throw new IllegalArgumentException("not quantised");
      case INT8 -> 8;
      case INT4, NF4 -> 4;
    };
  }

  /** What the largest value of a block is kept as. */
  private static int levels(FrozenStorage storage) {
    return storage == FrozenStorage.NF4 ? 1 : (1 << bits(storage) - 1) - 1;
  }

  /** Bytes of so many values and their scales. */
  static long bytes(long elements, FrozenStorage storage) {
    var blocks = blocks(elements);
    return blocks * BLOCK * bits(storage) / 8 + blocks * Float.BYTES;
  }

  private static long blocks(long elements) {
    return (elements + BLOCK - 1) / BLOCK;
  }

  /** Quantises a matrix. */
  static QuantizedMatrix of(float[] values, FrozenStorage storage) {
    var blocks = Math.toIntExact(blocks(values.length));
    var codes = new byte[Math.toIntExact((long) blocks * BLOCK * bits(storage) / 8)];
    var scales = new float[blocks];
    for (var block = 0; block < blocks; block++) {
      var start = block * BLOCK;
      var largest = 0f;
      for (var i = start; i < Math.min(values.length, start + BLOCK); i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      var scale = largest / levels(storage);
      scales[block] = scale;
      for (var i = start; i < start + BLOCK; i++) {
        var value = i < values.length && scale > 0 ? values[i] / scale : 0;
        put(codes, storage, i, code(value, storage));
      }
    }
    return new QuantizedMatrix(storage, values.length, codes, scales);
  }

  /** What a value in units of its block's scale is kept as, 0 to 255 or to 15. */
  private static int code(float value, FrozenStorage storage) {
    if (storage == FrozenStorage.NF4) {
      return NormalFloat.nearest(value);
    }
    var levels = levels(storage);
    return Math.max(-levels, Math.min(levels, Math.round(value))) + levels + 1;
  }

  private static void put(byte[] codes, FrozenStorage storage, int i, int code) {
    if (bits(storage) == 8) {
      codes[i] = (byte) code;
    } else {
      codes[i / 2] = (byte) (codes[i / 2] | (i % 2 == 0 ? code : code << 4));
    }
  }

  /** The values that are kept. */
  float[] dequantize() {
    var values = new float[elements];
    var zero = levels(storage) + 1;
    for (var i = 0; i < elements; i++) {
      var code = bits(storage) == 8 ? codes[i] & 255 : codes[i / 2] >> (i % 2 * 4) & 15;
      var value = storage == FrozenStorage.NF4 ? NormalFloat.value(code) : code - zero;
      values[i] = value * scales[i / BLOCK];
    }
    return values;
  }
}
