package io.redraft.model.evaluate;

import io.redraft.model.objective.TokenBatch;

/** A network as evaluation sees it: questions in, cross-entropies out. */
@FunctionalInterface
public interface TokenScorer {
  /** Cross-entropy in nats at every row of a batch, in order. */
  float[] crossEntropy(TokenBatch batch);
}
