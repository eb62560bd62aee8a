package io.redraft.model.objective;

import java.util.Arrays;

/**
 * What a network is asked about one batch of B sequences of T tokens. Only the listed rows reach
 * the head; the loss is Σ weight · CE(row, target) over them.
 *
 * @param batch B
 * @param length T
 * @param inputs what the network reads, (B, T) row by row
 * @param rows places to predict, as b · T + position, ascending
 * @param targets the token that is right at each row
 * @param weights what each row's cross-entropy in nats counts
 */
public record TokenBatch(
    int batch, int length, int[] inputs, int[] rows, int[] targets, float[] weights) {
  public TokenBatch {
    if (inputs.length != batch * length) {
      throw new IllegalArgumentException("inputs are not " + batch + " x " + length);
    }
    if (targets.length != rows.length || weights.length != rows.length) {
      throw new IllegalArgumentException("row arrays of different lengths");
    }
  }

  /** Number of places to predict. */
  public int size() {
    return rows.length;
  }

  /**
   * The same batch with rows of weight 0 added, so that their number is a multiple of {@code
   * multiple} and at least that; few different shapes keep a device's allocator calm.
   */
  public TokenBatch padRows(int multiple) {
    var padded = Math.max(1, (rows.length + multiple - 1) / multiple) * multiple;
    return new TokenBatch(
        batch,
        length,
        inputs,
        Arrays.copyOf(rows, padded),
        Arrays.copyOf(targets, padded),
        Arrays.copyOf(weights, padded));
  }
}
