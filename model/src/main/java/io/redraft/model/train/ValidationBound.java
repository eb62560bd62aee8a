package io.redraft.model.train;

import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.config.LoopSettings;

/**
 * What a run of a whole network finds on its validation documents while it trains, and after which
 * steps. Sequences that memory does not hold together are scored one part after the other.
 */
final class ValidationBound {
  private static final int BATCH = 64;

  private final LoopSettings training;
  private final EvaluationText text;
  private final BoundEvaluator evaluator;
  private final long seed;

  /**
   * The bound of a network on a text.
   *
   * @param seed fixes times and masks
   * @param scorer the weights that are judged, as they are when they are asked
   */
  ValidationBound(
      LoopSettings training,
      EvaluationText text,
      NetworkConfig network,
      long seed,
      TokenScorer scorer) {
    this.training = training;
    this.text = text;
    this.seed = seed;
    var batching = new MicroBatching(BATCH);
    this.evaluator =
        new BoundEvaluator(
            batch -> batching.crossEntropy(batch, scorer::crossEntropy), network, BATCH);
  }

  /** Whether the settings want it after a step; a text without a token to predict has none. */
  boolean due(long step, boolean last) {
    return text.tokens().length > 1 && training.evaluationDue(step, last);
  }

  /** Finds it. */
  Evaluation evaluate() {
    return evaluator.evaluate(text, training.evaluateMasks(), seed, done -> {});
  }
}
