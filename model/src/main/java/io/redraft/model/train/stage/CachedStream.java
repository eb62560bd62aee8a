package io.redraft.model.train.stage;

import io.redraft.model.nn.ComputeType;
import java.nio.ByteBuffer;

/**
 * The stream of activations (B, T, D) that enters some block, as a trunk that does not learn any
 * more has computed it.
 *
 * @param type format of its numbers
 * @param bytes the numbers row by row, little-endian, from the buffer's position to its limit
 */
public record CachedStream(ComputeType type, ByteBuffer bytes) {
  /** Bytes of a number. */
  public static int numberBytes(ComputeType type) {
    return type == ComputeType.BFLOAT16 ? 2 : 4;
  }

  /** The sequences from one until another, of {@code all} sequences. */
  CachedStream sequences(int from, int to, int all) {
    var one = bytes.remaining() / all;
    return new CachedStream(type, bytes.slice(bytes.position() + from * one, (to - from) * one));
  }
}
