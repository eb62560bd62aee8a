package io.redraft.model.decode;

/**
 * What a forward pass proposes for a canvas's masked positions; the arrays run in parallel.
 *
 * @param positions places on the canvas, ascending
 * @param tokens the token drawn at each; never the mask
 * @param confidences probability of that token under the model, at temperature 1 and before top-k
 *     and top-p
 * @param entropies entropy of that distribution in nats
 */
public record Candidates(int[] positions, int[] tokens, float[] confidences, float[] entropies) {
  public Candidates {
    if (tokens.length != positions.length
        || confidences.length != positions.length
        || entropies.length != positions.length) {
      throw new IllegalArgumentException("candidate arrays of different lengths");
    }
  }

  /** Number of candidates. */
  public int size() {
    return positions.length;
  }
}
