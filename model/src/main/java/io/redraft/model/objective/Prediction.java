package io.redraft.model.objective;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What a network predicts where embeddings are noised.
 *
 * @param target the token, the noise, or both
 * @param noiseWeight what the mean squared error of noise counts beside the cross-entropy
 */
public record Prediction(Target target, double noiseWeight) {
  /** What is predicted. */
  public enum Target {
    /** The token: cross-entropy at all corrupted positions. */
    TOKENS,
    /**
     * The noise (Ho et al. 2020): the squared error of a linear layer behind the final norm against
     * ε, averaged over the model's width and the noised positions.
     */
    NOISE,
    /** The sum of both. */
    HYBRID
  }

  /** Tokens alone. */
  public static final Prediction TOKENS = new Prediction(Target.TOKENS, 1);

  /** Whether noise is predicted, so that training needs a layer for it. */
  public boolean noise() {
    return target != Target.TOKENS;
  }

  /** Turns questions about tokens into questions about what is predicted. */
  public TokenBatch ask(TokenBatch batch) {
    return switch (target) {
      case TOKENS -> batch;
      case NOISE -> noiseOnly(batch);
      case HYBRID -> withNoise(batch, true, noiseWeight);
    };
  }

  /** A place that reads the mask has no noise to predict. */
  private static TokenBatch noiseOnly(TokenBatch batch) {
    var kept =
        IntStream.range(0, batch.size()).filter(n -> noised(batch, batch.rows()[n])).toArray();
    var asked =
        new TokenBatch(
            batch.batch(),
            batch.length(),
            batch.inputs(),
            Arrays.stream(kept).map(n -> batch.rows()[n]).toArray(),
            Arrays.stream(kept).map(n -> batch.targets()[n]).toArray(),
            new float[kept.length],
            batch.maskRatios(),
            batch.noise());
    return withNoise(asked, false, 1);
  }

  private static TokenBatch withNoise(TokenBatch batch, boolean tokens, double weight) {
    var noised = Arrays.stream(batch.rows()).filter(row -> noised(batch, row)).count();
    var weights = new float[batch.size()];
    for (var n = 0; n < weights.length; n++) {
      weights[n] = noised(batch, batch.rows()[n]) ? (float) (weight / noised) : 0;
    }
    return new TokenBatch(
        batch.batch(),
        batch.length(),
        batch.inputs(),
        batch.rows(),
        batch.targets(),
        batch.weights(),
        batch.maskRatios(),
        new EmbeddingNoise(batch.noise().signal(), batch.noise().amount(), weights, tokens));
  }

  private static boolean noised(TokenBatch batch, int place) {
    return batch.noise().amount()[place] > 0;
  }
}
