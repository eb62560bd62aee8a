package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.CanvasWriter;
import io.redraft.model.evaluate.CausalWriter;
import io.redraft.model.evaluate.DenoiserWriter;
import io.redraft.model.evaluate.GenerationSettings;
import io.redraft.model.evaluate.ModelUnderTest;
import io.redraft.model.evaluate.TextWriter;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.evaluate.WrittenText;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.tensor.Kernels;
import java.util.List;
import java.util.OptionalInt;

/** Has a model that was just trained write a few texts, as its users will have it. */
final class RunSamples {
  private static final int SAMPLES = 4;
  private static final int LONGEST = 128;
  private static final double TEMPERATURE = 1;
  private static final double TOP_P = 0.9;

  private RunSamples() {}

  /** How the texts are written, in words. */
  static String how() {
    return "Not picked; a token a step, temperature " + TEMPERATURE + ", top-p " + TOP_P + ".";
  }

  /**
   * The texts, canvases of at most 128 tokens.
   *
   * @param seed the first text's seed
   * @return none where a causal network has no token to begin with
   */
  static List<WrittenText> of(ModelFolder model, Kernels kernels, long seed) {
    var length =
        Math.min(LONGEST, model.config().contextLength() - 1); // a causal one needs a place
    var settings =
        new GenerationSettings(
            SAMPLES,
            length,
            OptionalInt.empty(), // one a token: fewer repeat words
            block(model.config()),
            TEMPERATURE,
            TOP_P,
            seed);
    if (model.config().maskToken() < 0) {
      try (var network =
          Networks.causal(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
        var tested = tested(model, new CausalWriter(network));
        return tested.startToken() < 0 ? List.of() : write(tested, settings);
      }
    }
    try (var network =
        Networks.denoiser(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
      return write(tested(model, new DenoiserWriter(network, SAMPLES)), settings);
    }
  }

  /** One block, whatever the model was trained for, unless it knows nothing but blocks. */
  private static int block(NetworkConfig network) {
    var sizes = network.attentionBlocks();
    return network.attention() == AttentionMode.BLOCK_CAUSAL ? sizes.get(sizes.size() - 1) : 0;
  }

  private static List<WrittenText> write(ModelUnderTest model, GenerationSettings settings) {
    return new TextWriter(model, settings).samples(done -> {});
  }

  private static ModelUnderTest tested(ModelFolder model, CanvasWriter writer) {
    TokenScorer nobodyAsks =
        batch -> {
          throw new UnsupportedOperationException();
        };
    return new ModelUnderTest(
        model.path().toString(), model.config(), model.tokenizer(), nobodyAsks, writer);
  }
}
