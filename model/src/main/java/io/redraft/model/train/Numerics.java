package io.redraft.model.train;

import io.redraft.model.nn.ComputeType;

/**
 * How a device computes: not what is learned but how precisely and in which portions.
 *
 * @param bfloat16 whether activations and gradients have 16 bits; weights and moments have 32
 * @param dropout share of activations dropped in training
 * @param attentionDropout share of attention weights dropped in training
 * @param rowChunk rows whose logits exist at a time
 * @param replay whether a GPU records a step once and replays it
 */
public record Numerics(
    boolean bfloat16, double dropout, double attentionDropout, int rowChunk, boolean replay) {
  /** Logits that may exist at a time on a device: 2^22 on the CPU, 2^26 on a GPU. */
  public static Numerics of(
      boolean bfloat16,
      double dropout,
      double attentionDropout,
      boolean gpu,
      int vocabulary,
      boolean replay) {
    var logits = gpu ? 1 << 26 : 1 << 22;
    var rows = Math.max(256, logits / vocabulary / 256 * 256);
    return new Numerics(bfloat16, dropout, attentionDropout, rows, gpu && replay);
  }

  /** Exact 32-bit arithmetic without dropout, as tests and evaluation want it. */
  public static Numerics exact() {
    return new Numerics(false, 0, 0, 1024, false);
  }

  /** The format that is computed in. */
  public ComputeType type() {
    return bfloat16 ? ComputeType.BFLOAT16 : ComputeType.FLOAT32;
  }

  /** The number by which kernels know the format that is computed in. */
  public int scalarType() {
    return type().scalarType();
  }
}
