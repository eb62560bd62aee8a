package io.redraft.model.evaluate;

import io.redraft.model.decode.CounterRandom;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.text.Tokenizers;
import java.util.Arrays;

/** Models over bytes without a network, for tests of metrics. */
final class Models {
  static final int END = 256;
  static final int MASK = 257;
  private static final int CONTEXT = 64;

  private Models() {}

  /** A denoiser that reads and writes by hashes. */
  static ModelUnderTest denoiser() {
    var config = FakeDenoiser.config(258, CONTEXT);
    return denoiser(new DenoiserWriter(new FakeDenoiser(config, 0), 4));
  }

  /** A denoiser that writes in its own way. */
  static ModelUnderTest denoiser(CanvasWriter writer) {
    return new ModelUnderTest(
        "denoiser", FakeDenoiser.config(258, CONTEXT), Tokenizers.bytes(), Models::score, writer);
  }

  /** A causal model that scores and writes in its own way. */
  static ModelUnderTest causal(int context, int begin, TokenScorer scorer, CanvasWriter writer) {
    var config =
        new NetworkConfig(
            258, 4, 1, 1, 1, 4, 4, context, 1e-5, 100, true, AttentionMode.CAUSAL, -1, begin, END);
    return new ModelUnderTest("causal", config, Tokenizers.bytes(), scorer, writer);
  }

  /** A loss in 0.5 to 1.5 that depends on everything that the network reads. */
  static double loss(int[] inputs, int place, int target) {
    long key = CounterRandom.key(Arrays.hashCode(inputs), 0, place);
    return 0.5 + CounterRandom.uniform(key, target);
  }

  static float[] score(TokenBatch batch) {
    float[] losses = new float[batch.size()];
    for (int n = 0; n < losses.length; n++) {
      int first = batch.rows()[n] / batch.length() * batch.length();
      int[] inputs = Arrays.copyOfRange(batch.inputs(), first, first + batch.length());
      losses[n] = (float) loss(inputs, batch.rows()[n] - first, batch.targets()[n]);
    }
    return losses;
  }
}
