package io.redraft.model.safetensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** bfloat16 (1 sign, 8 exponent, 7 fraction bits) to and from float. */
public final class BFloat16 {
  /** Bytes of a number. */
  public static final int BYTES = 2;

  private BFloat16() {}

  /** The nearest bfloat16, ties to even; not-a-number stays one, beyond the largest is infinite. */
  public static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return (short) (bits >>> 16 | 0x40); // quiet: its fraction may have been in the lower half
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The float that bfloat16 bits stand for; exact. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** All numbers of a stream, little-endian. */
  public static ByteBuffer bytes(float[] values) {
    var bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(values.length, BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort(of(value));
    }
    return bytes.flip();
  }
}
