package io.redraft.model.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Turns stored elements into float32 piece by piece. Pieces go through small arrays: bulk copies
 * are fast even before the JVM has compiled anything, and a model is read once, right after start.
 */
final class Float32Reader {
  /** Elements of a piece; a multiple of the quantisation block. */
  private static final int PIECE = 1 << 14;

  private Float32Reader() {}

  static void read(TensorView tensor, TensorView scales, long from, FloatBuffer target) {
    int width = tensor.type().width();
    float[] floats = new float[PIECE];
    byte[] bytes = new byte[PIECE * width];
    ByteBuffer stored = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long at = from;
    while (target.hasRemaining()) {
      // Later pieces begin at a multiple of PIECE, so that no block of 8-bit weights is split.
      int count = (int) Math.min(target.remaining(), PIECE - at % PIECE);
      tensor.readBytes(at * width, stored.clear().limit(count * width));
      stored.flip();
      if (scales != null) {
        dequantize(bytes, count, at, scales, floats);
      } else {
        convert(tensor.type(), stored, count, floats);
      }
      target.put(floats, 0, count);
      at += count;
    }
  }

  private static void convert(TensorType type, ByteBuffer stored, int count, float[] floats) {
    switch (type) {
      case F32 -> stored.asFloatBuffer().get(floats, 0, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = (float) stored.getDouble();
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = HalfFloats.toFloat(stored.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          floats[i] = BFloat16.toFloat(stored.getShort());
        }
      }
      default -> throw new IllegalArgumentException(type + " has no float32 form");
    }
  }

  private static void dequantize(
      byte[] quantized, int count, long at, TensorView scales, float[] floats) {
    long firstBlock = at / BlockQuantization.BLOCK;
    int blocks = (int) ((at + count - 1) / BlockQuantization.BLOCK - firstBlock) + 1;
    ByteBuffer halves = ByteBuffer.allocate(blocks * 2).order(ByteOrder.LITTLE_ENDIAN);
    scales.readBytes(firstBlock * 2, halves);
    halves.flip();
    int start = (int) (at % BlockQuantization.BLOCK);
    int done = 0;
    for (int block = 0; block < blocks; block++) {
      float scale = HalfFloats.toFloat(halves.getShort());
      int end = Math.min(count, (block + 1) * BlockQuantization.BLOCK - start);
      BlockQuantization.scaleUp(quantized, done, end, scale, floats);
      done = end;
    }
  }
}
