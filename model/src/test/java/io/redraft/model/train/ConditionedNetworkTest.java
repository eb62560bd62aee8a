package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.objective.Condition;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Prediction;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Mask ratios and noised embeddings in the training kernels, against float64. */
class ConditionedNetworkTest {
  private static final int MASK = 10;
  private static final long SEED = 77;
  private static final OptimizerSettings PLAIN =
      new OptimizerSettings(
          1e-2, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0, 0, 0);
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  private static ParameterLayout layout(TimeConditioning.Kind kind, boolean noiseHead) {
    int buckets = kind == TimeConditioning.Kind.TABLE ? 6 : 0;
    var network =
        new NetworkConfig(
            11, 16, 2, 4, 2, 4, 24, 8, 1e-5, 100, true, AttentionMode.BIDIRECTIONAL, MASK, -1, 0);
    return new ParameterLayout(network.withTime(new TimeConditioning(kind, buckets)), noiseHead);
  }

  /** Weights large enough that every part of the network matters, those too that begin as zero. */
  private static float[] weights(ParameterLayout layout) {
    var weights = Initialization.of(layout, 3);
    var random = new Random(8);
    for (var i = 0; i < layout.decayed(); i++) {
      weights[i] = weights[i] == 0 ? (float) (0.1 * random.nextGaussian()) : weights[i];
    }
    for (var p : layout.parameters()) {
      if (p.name().contains("proj.weight") && added(p)) {
        for (var i = p.offset(); i < p.offset() + p.size(); i++) {
          weights[i] *= 50; // features are divided by 128
        }
      }
      for (var i = p.offset(); i < Math.min(layout.decayed(), p.offset() + p.size()); i++) {
        weights[i] *= added(p) ? 1 : 15;
      }
    }
    return weights;
  }

  private static boolean added(ParameterLayout.Parameter p) {
    return p.name().contains("time_embed") || p.name().contains("adaln");
  }

  private static TokenBatch batch(Corruption corruption) {
    var samples =
        List.of(
            new Sample(1, 5, new int[] {1, 2, 3, 4, 5, 6, 7, 0}),
            new Sample(2, 5, new int[] {9, 8, 7, 6, 5, 4, 3, 2}),
            new Sample(3, 5, new int[] {1, 9, 1, 9, 2, 8, 2, 8}, new Condition(2, true)));
    var levels =
        List.of(new NoiseLevel(0.4, 2), new NoiseLevel(0.9, 1.1), new NoiseLevel(0.61, 1.5));
    return Objective.MASKED_MEAN.ask(samples, levels, corruption);
  }

  private static NetworkOnDevice network(ParameterLayout layout, float[] weights) {
    return new NetworkOnDevice(
        kernels, layout, Numerics.exact(), OptimizerState.first(weights.clone()));
  }

  private interface Reference {
    ReferenceNetwork of(double[] weights);
  }

  private static void gradientAgrees(
      ParameterLayout layout,
      float[] weights,
      TokenBatch batch,
      float[] found,
      Reference reference) {
    var exact = ReferenceNetwork.widen(weights);
    for (var p : layout.parameters()) {
      var stride = Math.max(1, p.size() / 40);
      var moves = 0.0;
      for (var i = p.offset(); i < p.offset() + p.size(); i += stride) {
        var h = 1e-4;
        exact[i] += h;
        var up = reference.of(exact).loss(batch);
        exact[i] -= 2 * h;
        var slope = (up - reference.of(exact).loss(batch)) / (2 * h);
        exact[i] = weights[i];
        // A central difference in float64 is good to h²; the rest is float32.
        assertThat((double) found[i]).as("%s at %d", p.name(), i).isCloseTo(slope, within(5e-5));
        moves = Math.max(moves, Math.abs(slope));
      }
      assertThat(moves).as("%s matters", p.name()).isGreaterThan(1e-4);
    }
  }

  @ParameterizedTest
  @EnumSource(value = TimeConditioning.Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void lossAndEveryGradientOfAToldNetworkAgreeWithFloat64(TimeConditioning.Kind kind) {
    var layout = layout(kind, false);
    var weights = weights(layout);
    var batch = batch(new Corruption.Masking(MASK));
    var reference = new ReferenceNetwork(layout, ReferenceNetwork.widen(weights));
    try (var network = network(layout, weights)) {
      var found = network.crossEntropy(batch, false);
      var expected = reference.crossEntropy(batch);
      for (var n = 0; n < expected.length; n++) {
        // float32 over two blocks; losses are below 20 nats.
        assertThat((double) found[n]).isCloseTo(expected[n], within(5e-5));
      }
      network.accumulate(batch, 0);
      gradientAgrees(
          layout, weights, batch, network.gradient(), w -> new ReferenceNetwork(layout, w));
    }
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void atFirstANetworkIsTheUnconditionedOneBitForBit(TimeConditioning.Kind kind) {
    var layout = layout(kind, false);
    var plain = layout(TimeConditioning.Kind.NONE, false);
    var batch = batch(new Corruption.Masking(MASK));
    try (var told = network(layout, Initialization.of(layout, 3));
        var untold = network(plain, Initialization.of(plain, 3))) {
      assertThat(told.crossEntropy(batch, false)).isEqualTo(untold.crossEntropy(batch, false));
      told.accumulate(batch, 0);
      untold.accumulate(batch, 0);
      var gradient = told.gradient();
      var expected = untold.gradient();
      for (var p : plain.parameters()) {
        var at =
            layout.parameters().stream().filter(q -> q.name().equals(p.name())).findAny().get();
        for (var i = 0; i < p.size(); i++) {
          assertThat(gradient[at.offset() + i]).isCloseTo(expected[p.offset() + i], within(1e-7f));
        }
      }
    }
  }

  @Test
  void withoutRatiosTheShareOfMasksIsTold() {
    var layout = layout(TimeConditioning.Kind.ADALN, false);
    int[] inputs = {1, MASK, 2, MASK, MASK, MASK, 3, 4};
    int[] rows = {1, 2};
    int[] targets = {5, 6};
    var counted = new TokenBatch(2, 4, inputs, rows, targets, new float[] {1, 1});
    var told =
        new TokenBatch(
            2, 4, inputs, rows, targets, new float[2], new float[] {0.5f, 0.5f}, counted.noise());
    var other =
        new TokenBatch(
            2, 4, inputs, rows, targets, new float[2], new float[] {0.9f, 0.5f}, counted.noise());
    try (var network = network(layout, weights(layout))) {
      var found = network.crossEntropy(counted, false);
      assertThat(found).isEqualTo(network.crossEntropy(told, false));
      assertThat(network.crossEntropy(other, false)).isNotEqualTo(found);
    }
  }

  @ParameterizedTest
  @EnumSource(Prediction.Target.class)
  void lossAndEveryGradientOnNoisedEmbeddingsAgreeWithFloat64(Prediction.Target target) {
    var prediction = new Prediction(target, target == Prediction.Target.HYBRID ? 0.7 : 1);
    var layout = layout(TimeConditioning.Kind.SINUSOIDAL, prediction.noise());
    var weights = weights(layout);
    var batch = prediction.ask(batch(new Corruption.Gaussian(MASK, 0.3, 1.5)));
    var noise = noise(3 * 8 * 16);
    var squares = 0.0;
    for (var i = 0; i < 11 * 16; i++) {
      squares += weights[i] * weights[i];
    }
    var size = Math.sqrt(squares / (11 * 16));
    Reference reference = w -> new ReferenceNetwork(layout, w).noised(noise, size);
    try (var network = network(layout, weights)) {
      network.accumulate(batch, SEED);
      gradientAgrees(layout, weights, batch, network.gradient(), reference);
      network.update(PLAIN, 0, 0);
      var expected = reference.of(ReferenceNetwork.widen(weights)).loss(batch);
      assertThat((double) network.drain().get(0).loss()).isCloseTo(expected, within(5e-5));
    }
  }

  /** The noise that a micro-batch of that seed gets. */
  private static float[] noise(int size) {
    Engine.getEngine("PyTorch").setRandomSeed((int) CounterHash.bits(SEED, 0));
    try (var scope = kernels.scope()) {
      return kernels
          .call("embedding_noise", scope)
          .tensor(scope.zeros(size / 16, 16))
          .runOne()
          .toFloatArray();
    }
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void sixteenBitsGiveTheGradientToTheirPrecision(TimeConditioning.Kind kind) {
    var layout = layout(kind, true);
    var weights = Initialization.of(layout, 3);
    var batch =
        new Prediction(Prediction.Target.HYBRID, 1)
            .ask(batch(new Corruption.Gaussian(MASK, 0.3, 1)));
    var half = new Numerics(true, 0, 0, 1024, false);
    try (var exact = network(layout, weights);
        var rounded = new NetworkOnDevice(kernels, layout, half, OptimizerState.first(weights))) {
      exact.accumulate(batch, SEED);
      rounded.accumulate(batch, SEED);
      var expected = exact.gradient();
      var found = rounded.gradient();
      var error = 0.0;
      var size = 0.0;
      for (var i = 0; i < expected.length; i++) {
        error += Math.pow(found[i] - expected[i], 2);
        size += Math.pow(expected[i], 2);
      }
      // 8 bits of significand, over two blocks.
      assertThat(Math.sqrt(error / size)).isLessThan(0.03);
    }
  }

  @Test
  void noiseIsAFunctionOfTheSeed() {
    var layout = layout(TimeConditioning.Kind.NONE, false);
    var batch = batch(new Corruption.Gaussian(MASK, 0, 1));
    var gradients = new float[3][];
    for (var run = 0; run < 3; run++) {
      try (var network = network(layout, weights(layout))) {
        network.accumulate(batch, run == 2 ? SEED + 1 : SEED);
        gradients[run] = network.gradient();
      }
    }
    assertThat(gradients[1]).isEqualTo(gradients[0]);
    assertThat(gradients[2]).isNotEqualTo(gradients[0]);
  }

  @Test
  void portionsOfABatchAddUpToItsGradient() {
    var layout = layout(TimeConditioning.Kind.ADALN, false);
    var weights = weights(layout);
    var batch = batch(new Corruption.Masking(MASK));
    try (var whole = network(layout, weights);
        var parts = network(layout, weights)) {
      whole.accumulate(batch, 0);
      MicroBatching.portions(batch, 2).forEach(part -> parts.accumulate(part, 0));
      var expected = whole.gradient();
      var found = parts.gradient();
      for (var i = 0; i < expected.length; i++) {
        assertThat(found[i]).isCloseTo(expected[i], within(1e-5f));
      }
    }
  }

  @Test
  void aPortionKeepsTheRatiosAndTheNoiseOfItsSequences() {
    var batch =
        new Prediction(Prediction.Target.HYBRID, 1)
            .ask(batch(new Corruption.Gaussian(MASK, 0.3, 1)));
    var last = MicroBatching.portions(batch, 2).get(1);
    assertThat(last.maskRatios()).containsExactly(batch.maskRatios()[2]);
    assertThat(last.noise().signal()).isEqualTo(Arrays.copyOfRange(batch.noise().signal(), 16, 24));
    assertThat(last.noise().amount()).isEqualTo(Arrays.copyOfRange(batch.noise().amount(), 16, 24));
    var from = batch.size() - last.size();
    assertThat(last.noise().weights())
        .isEqualTo(Arrays.copyOfRange(batch.noise().weights(), from, batch.size()));
  }
}
