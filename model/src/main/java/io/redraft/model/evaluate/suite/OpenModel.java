package io.redraft.model.evaluate.suite;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.CanvasWriter;
import io.redraft.model.evaluate.CausalWriter;
import io.redraft.model.evaluate.DenoiserWriter;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;

/**
 * A model folder on a device, in float32. Weights are brought there when they are first needed,
 * once for asking and once for writing. Confined to the thread that owns the kernels.
 */
final class OpenModel implements AutoCloseable {
  /** Canvases in one forward pass. */
  private static final int BATCH = 16;

  private final ModelFolder folder;
  private final Kernels kernels;
  private ModelScorer scorer;
  private AutoCloseable network;
  private CanvasWriter writer;

  OpenModel(ModelFolder folder, Kernels kernels) {
    this.folder = folder;
    this.kernels = kernels;
  }

  ModelUnderTest model() {
    return new ModelUnderTest(
        folder.path().toString(),
        folder.config(),
        folder.tokenizer(),
        batch -> scorer().crossEntropy(batch),
        (plans, progress) -> writer().write(plans, progress));
  }

  private ModelScorer scorer() {
    if (scorer == null) {
      scorer = new ModelScorer(folder, kernels);
    }
    return scorer;
  }

  private CanvasWriter writer() {
    if (writer == null) {
      var config = folder.config();
      var weights = folder.weights();
      if (config.attention() == AttentionMode.CAUSAL) {
        var causal = Networks.causal(config, weights, kernels, ComputeType.FLOAT32);
        network = causal;
        writer = new CausalWriter(causal);
      } else {
        var denoiser = Networks.denoiser(config, weights, kernels, ComputeType.FLOAT32);
        network = denoiser;
        writer = new DenoiserWriter(denoiser, BATCH);
      }
    }
    return writer;
  }

  @Override
  public void close() {
    if (scorer != null) {
      scorer.close();
    }
    if (network != null) {
      try {
        network.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
