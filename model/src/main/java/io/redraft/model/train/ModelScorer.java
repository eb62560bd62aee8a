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
  private final NetworkOnDevice network;

  /** Brings a model's weights to the kernels' device. */
  public ModelScorer(ModelFolder model, Kernels kernels) {
    var layout = new ParameterLayout(model.config());
    var weights = ModelEvaluation.weights(model, layout);
    this.network =
        new NetworkOnDevice(kernels, layout, Numerics.exact(), OptimizerState.first(weights));
  }

  @Override
  public float[] crossEntropy(TokenBatch batch) {
    return network.crossEntropy(batch, false);
  }

  @Override
  public void close() {
    network.close();
  }
}
