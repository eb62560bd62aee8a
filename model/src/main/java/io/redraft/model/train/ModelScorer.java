package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;

/**
 * A finished model's cross-entropies, computed in float32 by the network that training uses.
 * Confined to the thread that owns the kernels, which stay open.
 */
public final class ModelScorer implements TokenScorer, AutoCloseable {
  private final TokenScorer scorer;
  private final Runnable close;

  /** Brings a model's weights to the kernels' device. */
  public ModelScorer(ModelFolder model, Kernels kernels) {
    if (!model.config().depth().none()) {
      var depth = new DepthScorer(model, kernels);
      this.scorer = depth;
      this.close = depth::close;
      return;
    }
    var layout = new ParameterLayout(model.config());
    var weights = ModelEvaluation.weights(model, layout);
    var network =
        new NetworkOnDevice(kernels, layout, Numerics.exact(), OptimizerState.first(weights));
    this.scorer = batch -> network.crossEntropy(batch, false);
    this.close = network::close;
  }

  @Override
  public float[] crossEntropy(TokenBatch batch) {
    return scorer.crossEntropy(batch);
  }

  @Override
  public void close() {
    close.run();
  }
}
