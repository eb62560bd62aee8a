package io.redraft.model.objective;

import java.util.Arrays;

/**
 * What a network is asked about one batch of B sequences of T tokens. Only the listed rows reach
 * the head; the loss is Σ weight · CE(row, target) over them, and where noise of embeddings is
 * predicted, Σ weight · squared error of it.
 *
 * @param batch B
 * @param length T
 * @param inputs what the network reads, (B, T) row by row
 * @param rows places to predict, as b · T + position, ascending
 * @param targets the token that is right at each row
 * @param weights what each row's cross-entropy in nats counts
 * @param maskRatios what a network with time conditioning is told of each sequence, (B); empty for
 *     the share of masks in its inputs, which is what inference tells
 * @param noise noise that the embeddings get
 * @param blockSize size S of the blocks, where a network is to attend block-causally: a sequence is
 *     then a noisy copy of T/2 tokens and a clean one behind it, only the noisy one is asked about,
 *     and block i holds the tokens from i · S; 0 for the network's own attention to one copy
 */
public record TokenBatch(
    int batch,
    int length,
    int[] inputs,
    int[] rows,
    int[] targets,
    float[] weights,
    float[] maskRatios,
    EmbeddingNoise noise,
    int blockSize)
    implements Batch<TokenBatch> {
  public TokenBatch {
    if (inputs.length != batch * length) {
      throw new IllegalArgumentException("inputs are not " + batch + " x " + length);
    }
    if (targets.length != rows.length || weights.length != rows.length) {
      throw new IllegalArgumentException("row arrays of different lengths");
    }
    if (maskRatios.length != 0 && maskRatios.length != batch) {
      throw new IllegalArgumentException("mask ratios are not " + batch);
    }
    if (!noise.none() && noise.signal().length != inputs.length
        || noise.amount().length != noise.signal().length
        || noise.predicted() && noise.weights().length != rows.length) {
      throw new IllegalArgumentException("noise of another shape");
    }
    if (blockSize < 0 || blockSize > 0 && (length % 2 != 0 || !noise.none())) {
      throw new IllegalArgumentException("blocks of " + blockSize + " without two clean copies");
    }
  }

  /** A batch that is attended to as the network does. */
  public TokenBatch(
      int batch,
      int length,
      int[] inputs,
      int[] rows,
      int[] targets,
      float[] weights,
      float[] maskRatios,
      EmbeddingNoise noise) {
    this(batch, length, inputs, rows, targets, weights, maskRatios, noise, 0);
  }

  /** A batch without noise in which mask ratios are those that its inputs have. */
  public TokenBatch(
      int batch, int length, int[] inputs, int[] rows, int[] targets, float[] weights) {
    this(batch, length, inputs, rows, targets, weights, new float[0], EmbeddingNoise.NONE);
  }

  @Override
  public int size() {
    return rows.length;
  }

  @Override
  public int places() {
    return inputs.length;
  }

  /** Copies of its tokens that a sequence consists of. */
  public int copies() {
    return blockSize > 0 ? 2 : 1;
  }

  /** Different tokens of a sequence: T, or T/2 where there are two copies. */
  public int tokens() {
    return length / copies();
  }

  /** The mask ratio of each sequence, as a network with time conditioning is told it. */
  public float[] toldRatios(int mask) {
    if (maskRatios.length > 0) {
      return maskRatios;
    }
    var ratios = new float[batch];
    for (var b = 0; b < batch; b++) {
      var masks = 0;
      for (var i = b * length; i < (b + 1) * length; i++) {
        masks += inputs[i] == mask ? 1 : 0;
      }
      ratios[b] = masks / (float) length;
    }
    return ratios;
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
        Arrays.copyOf(weights, padded),
        maskRatios,
        noise.rows(padded),
        blockSize);
  }

  /** The same questions as one of several batches of a step, whose losses are averaged. */
  public TokenBatch oneOf(int batches) {
    var weighed = weights.clone();
    for (var i = 0; i < weighed.length; i++) {
      weighed[i] /= batches;
    }
    return new TokenBatch(
        batch, length, inputs, rows, targets, weighed, maskRatios, noise.oneOf(batches), blockSize);
  }

  @Override
  public TokenBatch sequences(int from, int to) {
    var shift = from * length;
    var row = firstRow(shift);
    var end = firstRow(to * length);
    return new TokenBatch(
        to - from,
        length,
        Arrays.copyOfRange(inputs, shift, to * length),
        Arrays.stream(rows, row, end).map(r -> r - shift).toArray(),
        Arrays.copyOfRange(targets, row, end),
        Arrays.copyOfRange(weights, row, end),
        maskRatios.length == 0 ? maskRatios : Arrays.copyOfRange(maskRatios, from, to),
        noise.part(shift, to * length, row, end),
        blockSize);
  }

  /** The first of the ascending rows that lies at a place or behind it. */
  private int firstRow(int place) {
    var found = Arrays.binarySearch(rows, place);
    return found < 0 ? -1 - found : found;
  }
}
