package io.redraft.model.decode;

/**
 * What a forward pass proposes for a canvas's masked positions; the arrays run in parallel.
 *
 * @param positions places on the canvas, ascending
 * @param tokens the token drawn at each; never the mask
 * @param confidences probability of that token under the model, at temperature 1 and before top-k
 *     and top-p; with guidance, under the guided distribution
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

  /** No candidates. */
  public static Candidates none() {
    return new Candidates(new int[0], new int[0], new float[0], new float[0]);
  }

  /** The candidates with these indices, in their order. */
  public Candidates only(int[] indices) {
    int n = indices.length;
    var subset = new Candidates(new int[n], new int[n], new float[n], new float[n]);
    for (int i = 0; i < n; i++) {
      subset.positions[i] = positions[indices[i]];
      subset.tokens[i] = tokens[indices[i]];
      subset.confidences[i] = confidences[indices[i]];
      subset.entropies[i] = entropies[indices[i]];
    }
    return subset;
  }

  /** Number of candidates. */
  public int size() {
    return positions.length;
  }
}
