package io.redraft.model.objective;

import java.util.Arrays;

/**
 * Gaussian noise that a network's embeddings get in training: place i reads signal(i) · e +
 * amount(i) · s · ε, where e is its token's embedding, s the root mean square of the whole
 * embedding table, which is not differentiated, and ε standard normal. The device draws ε from the
 * seed of the micro-batch.
 *
 * @param signal factor √ᾱ of each place, (B, T) row by row, 1 where nothing is noised; empty for a
 *     batch without noise
 * @param amount factor √(1 − ᾱ) times the scale of the noise, 0 where nothing is noised
 * @param weights what each row's mean squared error against ε counts; empty where noise is not
 *     predicted
 * @param tokens whether tokens are predicted
 */
public record EmbeddingNoise(float[] signal, float[] amount, float[] weights, boolean tokens) {
  /** No noise. */
  public static final EmbeddingNoise NONE =
      new EmbeddingNoise(new float[0], new float[0], new float[0], true);

  /** Whether there is no noise. */
  public boolean none() {
    return signal.length == 0;
  }

  /** Whether the noise is predicted. */
  public boolean predicted() {
    return weights.length > 0;
  }

  /** The noise of some of the sequences, places and rows from one until another. */
  EmbeddingNoise part(int place, int lastPlace, int row, int lastRow) {
    if (none()) {
      return this;
    }
    return new EmbeddingNoise(
        Arrays.copyOfRange(signal, place, lastPlace),
        Arrays.copyOfRange(amount, place, lastPlace),
        predicted() ? Arrays.copyOfRange(weights, row, lastRow) : weights,
        tokens);
  }

  /** The same with so many rows, those added weighing 0. */
  EmbeddingNoise rows(int count) {
    return predicted()
        ? new EmbeddingNoise(signal, amount, Arrays.copyOf(weights, count), tokens)
        : this;
  }

  /** The same as that of one of several batches, whose losses are averaged. */
  EmbeddingNoise oneOf(int batches) {
    var weighed = weights.clone();
    for (var i = 0; i < weighed.length; i++) {
      weighed[i] /= batches;
    }
    return new EmbeddingNoise(signal, amount, weighed, tokens);
  }
}
