package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NetworkOnDeviceTest {
  private static final OptimizerSettings PLAIN =
      new OptimizerSettings(
          1e-2, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0.1, 0, 0.9);
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  private static ParameterLayout layout(AttentionMode attention, boolean tied, int keyValueHeads) {
    var mask = attention == AttentionMode.BIDIRECTIONAL ? 10 : -1;
    return new ParameterLayout(
        new NetworkConfig(
            11, 16, 2, 4, keyValueHeads, 4, 24, 8, 1e-5, 100, tied, attention, mask, -1, 0));
  }

  /** Weights large enough that every part of the network matters. */
  private static float[] weights(ParameterLayout layout) {
    var weights = Initialization.of(layout, 3);
    for (var i = 0; i < layout.decayed(); i++) {
      weights[i] *= 15;
    }
    return weights;
  }

  private static TokenBatch batch(ParameterLayout layout) {
    var samples =
        List.of(
            new Sample(1, 5, new int[] {1, 2, 3, 4, 5, 6, 7, 0}),
            new Sample(2, 5, new int[] {9, 8, 7, 6, 5, 4, 3, 2}));
    return layout.network().maskToken() < 0
        ? Objective.CAUSAL.ask(samples, new double[2], NoiseSchedule.LINEAR, -1)
        : Objective.NELBO.ask(samples, new double[] {0.4, 0.9}, NoiseSchedule.LINEAR, 10);
  }

  private static NetworkOnDevice network(ParameterLayout layout, float[] weights) {
    return new NetworkOnDevice(
        kernels, layout, Numerics.exact(), OptimizerState.first(weights.clone()));
  }

  private static void agreesWithFloat64(ParameterLayout layout) {
    var weights = weights(layout);
    var batch = batch(layout);
    var reference = new ReferenceNetwork(layout, ReferenceNetwork.widen(weights));
    try (var network = network(layout, weights)) {
      var found = network.crossEntropy(batch, false);
      var expected = reference.crossEntropy(batch);
      for (var n = 0; n < expected.length; n++) {
        // float32 over two blocks; losses are below 10 nats.
        assertThat((double) found[n]).isCloseTo(expected[n], within(2e-5));
      }
      network.accumulate(batch, 0);
      var gradient = network.gradient();
      for (var i = 0; i < layout.size(); i += 7) {
        // A central difference in float64 is good to h²; the rest is float32.
        assertThat((double) gradient[i])
            .as("gradient of weight %d", i)
            .isCloseTo(slope(layout, weights, batch, i), within(3e-5));
      }
      network.update(PLAIN, 0, 0);
      var numbers = network.drain().get(0);
      assertThat((double) numbers.loss()).isCloseTo(reference.loss(batch), within(2e-5));
    }
  }

  private static double slope(ParameterLayout layout, float[] weights, TokenBatch batch, int i) {
    var h = 1e-4;
    var moved = ReferenceNetwork.widen(weights);
    moved[i] += h;
    var up = new ReferenceNetwork(layout, moved).loss(batch);
    moved[i] -= 2 * h;
    return (up - new ReferenceNetwork(layout, moved).loss(batch)) / (2 * h);
  }

  @Test
  void lossAndGradientOfADenoiserAgreeWithFloat64() {
    agreesWithFloat64(layout(AttentionMode.BIDIRECTIONAL, true, 4));
  }

  @Test
  void lossAndGradientOfACausalNetworkWithSharedKeysAgreeWithFloat64() {
    agreesWithFloat64(layout(AttentionMode.CAUSAL, false, 2));
  }

  @Test
  void chunksOfRowsDoNotChangeTheGradient() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var weights = weights(layout);
    var batch = batch(layout);
    try (var whole = network(layout, weights);
        var chunked =
            new NetworkOnDevice(
                kernels,
                layout,
                new Numerics(false, 0, 0, 3, false),
                OptimizerState.first(weights))) {
      whole.accumulate(batch, 0);
      chunked.accumulate(batch, 0);
      var a = whole.gradient();
      var b = chunked.gradient();
      for (var i = 0; i < a.length; i++) {
        assertThat(b[i]).isCloseTo(a[i], within(1e-5f));
      }
    }
  }

  @Test
  void theUpdateFollowsTheFormulasOfAdamWClippingAndTheAverage() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var first = weights(layout);
    var clip = 0.05;
    var settings =
        new OptimizerSettings(
            1e-2, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0.1, clip, 0.9);
    var p = ReferenceNetwork.widen(first);
    var m = new double[p.length];
    var v = new double[p.length];
    var ema = p.clone();
    try (var network = network(layout, first)) {
      for (var step = 1; step <= 3; step++) {
        network.accumulate(batch(layout), 0);
        var g = ReferenceNetwork.widen(network.gradient());
        var norm = 0.0;
        for (var x : g) {
          norm += x * x;
        }
        norm = Math.sqrt(norm);
        assertThat(norm).as("clipping takes part").isGreaterThan(clip);
        for (var i = 0; i < p.length; i++) {
          var clipped = g[i] * clip / norm;
          m[i] = 0.9 * m[i] + 0.1 * clipped;
          v[i] = 0.99 * v[i] + 0.01 * clipped * clipped;
          var decay = i < layout.decayed() ? 0.1 : 0;
          var direction =
              m[i]
                  / (1 - Math.pow(0.9, step))
                  / (Math.sqrt(v[i] / (1 - Math.pow(0.99, step))) + 1e-8);
          p[i] -= 1e-2 * (direction + decay * p[i]);
          ema[i] = 0.7 * ema[i] + 0.3 * p[i];
        }
        network.update(settings, 1e-2, 0.7);
        assertThat((double) network.drain().get(0).gradientNorm()).isCloseTo(norm, within(1e-5));
      }
      var state = network.snapshot();
      assertThat(state.updates()).isEqualTo(3);
      for (var i = 0; i < p.length; i++) {
        // Where a gradient is nearly zero its sign decides a step of 1e-2, hence only its size.
        if (Math.sqrt(v[i]) > 1e-7) {
          assertThat((double) state.weights()[i]).isCloseTo(p[i], within(2e-5));
          assertThat((double) state.average()[i]).isCloseTo(ema[i], within(2e-5));
          assertThat((double) state.firstMoment()[i]).isCloseTo(m[i], within(1e-6));
          assertThat((double) state.secondMoment()[i]).isCloseTo(v[i], within(1e-8));
        }
      }
    }
  }

  @Test
  void aGradientThatIsNotFiniteChangesNothingAndIsCounted() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var good = batch(layout);
    var weights = good.weights().clone();
    weights[0] = Float.POSITIVE_INFINITY;
    var bad =
        new TokenBatch(
            good.batch(), good.length(), good.inputs(), good.rows(), good.targets(), weights);
    var first = weights(layout);
    try (var network = network(layout, first)) {
      network.accumulate(bad, 0);
      network.update(PLAIN, 1e-2, 0.5);
      var after = network.snapshot();
      assertThat(after.weights()).isEqualTo(first);
      assertThat(after.average()).isEqualTo(first);
      assertThat(after.updates()).isZero();
      network.accumulate(good, 0);
      network.update(PLAIN, 1e-2, 0.5);
      assertThat(network.snapshot().updates()).isEqualTo(1);
      assertThat(network.snapshot().weights()).isNotEqualTo(first).doesNotContain(Float.NaN);
      var numbers = network.drain();
      assertThat(numbers)
          .extracting(NetworkOnDevice.StepNumbers::skipped)
          .containsExactly(true, false);
      assertThat(network.drain()).isEmpty();
      var before = network.snapshot();
      assertThat(before.average()).as("behind the weights").isNotEqualTo(before.weights());
      network.accumulate(bad, 0);
      network.update(PLAIN, 1e-2, 0.5);
      network.drain();
      assertThat(network.snapshot().average()).isEqualTo(before.average());
      network.accumulate(good, 0);
      network.update(PLAIN, 1e-2, 0.5);
      assertThat(network.drain().get(0).loss()).as("nothing is left of it").isPositive();
    }
  }

  @Test
  void aGradientIsTheSumOfItsMicroBatches() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var first = weights(layout);
    try (var once = network(layout, first);
        var twice = network(layout, first)) {
      once.accumulate(batch(layout), 0);
      twice.accumulate(batch(layout), 0);
      twice.accumulate(batch(layout), 0);
      var a = once.gradient();
      var b = twice.gradient();
      for (var i = 0; i < a.length; i++) {
        assertThat(b[i]).isCloseTo(2 * a[i], within(1e-5f));
      }
    }
  }

  @Test
  void dropoutIsAFunctionOfItsSeed() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var dropping = new Numerics(false, 0.3, 0, 1024, false);
    float[][] gradients = new float[3][];
    for (var run = 0; run < 3; run++) {
      try (var network =
          new NetworkOnDevice(kernels, layout, dropping, OptimizerState.first(weights(layout)))) {
        network.accumulate(batch(layout), run == 2 ? 8 : 7);
        gradients[run] = network.gradient();
      }
    }
    assertThat(gradients[1]).isEqualTo(gradients[0]);
    assertThat(gradients[2]).isNotEqualTo(gradients[0]);
  }

  @Test
  void sixteenBitsAgreeWithFloat64ToTheirPrecision() {
    var layout = layout(AttentionMode.BIDIRECTIONAL, true, 4);
    var weights = Initialization.of(layout, 3);
    var batch = batch(layout);
    var expected =
        new ReferenceNetwork(layout, ReferenceNetwork.widen(weights)).crossEntropy(batch);
    try (var network =
        new NetworkOnDevice(
            kernels,
            layout,
            new Numerics(true, 0, 0, 1024, false),
            OptimizerState.first(weights))) {
      var found = network.crossEntropy(batch, false);
      for (var n = 0; n < expected.length; n++) {
        // 8 bits of significand and logits near 0.
        assertThat((double) found[n]).isCloseTo(expected[n], within(0.02));
      }
    }
  }
}
