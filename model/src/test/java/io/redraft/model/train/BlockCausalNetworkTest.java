package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.BlockDiffusion;
import io.redraft.model.objective.EmbeddingNoise;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockCausalNetworkTest {
  private static final int MASK = 10;
  private static final int[] FIRST = {1, 2, 3, 4, 5, 6, 7, 0};
  private static final int[] SECOND = {9, 8, 7, 6, 5, 4, 3, 2};
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

  private static ParameterLayout layout(int keyValueHeads) {
    return new ParameterLayout(
        new NetworkConfig(
                11,
                16,
                2,
                4,
                keyValueHeads,
                4,
                24,
                8,
                1e-5,
                100,
                true,
                AttentionMode.BIDIRECTIONAL,
                MASK,
                -1,
                0)
            .withAttentionBlocks(List.of(1, 3, 4)));
  }

  /** Weights large enough that every part of the network matters. */
  private static float[] weights(ParameterLayout layout) {
    var weights = Initialization.of(layout, 3);
    for (var i = 0; i < layout.decayed(); i++) {
      weights[i] *= 15;
    }
    return weights;
  }

  private static TokenBatch batch(int size) {
    var samples = List.of(new Sample(1, 5, FIRST), new Sample(2, 5, SECOND));
    return new BlockDiffusion(size, MASK).ask(samples);
  }

  private static NetworkOnDevice network(ParameterLayout layout, Numerics numerics) {
    return new NetworkOnDevice(kernels, layout, numerics, OptimizerState.first(weights(layout)));
  }

  @ParameterizedTest
  @CsvSource({"1, 4", "3, 2", "4, 4", "8, 4"})
  void lossAndEveryGradientAgreeWithFloat64UnderAnExplicitMask(int size, int keyValueHeads) {
    var layout = layout(keyValueHeads);
    var batch = batch(size);
    var weights = weights(layout);
    var reference = new ReferenceNetwork(layout, ReferenceNetwork.widen(weights));
    try (var network = network(layout, Numerics.exact())) {
      var found = network.crossEntropy(batch, false);
      var expected = reference.crossEntropy(batch);
      for (var n = 0; n < expected.length; n++) {
        // float32 over two blocks; losses are below 10 nats.
        assertThat((double) found[n]).isCloseTo(expected[n], within(2e-5));
      }
      network.accumulate(batch, 0);
      var gradient = network.gradient();
      for (var i = 0; i < layout.size(); i++) {
        // A central difference in float64 is good to h²; the rest is float32.
        assertThat((double) gradient[i])
            .as("gradient of weight %d", i)
            .isCloseTo(slope(layout, weights, batch, i), within(3e-5));
      }
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

  /** One sequence of two copies, all noisy tokens masked and asked for but the second of each. */
  private static TokenBatch pair(int[] noisy, int[] clean, int size) {
    var inputs = Arrays.copyOf(noisy, 16);
    System.arraycopy(clean, 0, inputs, 8, 8);
    var rows = new int[] {0, 1, 2, 3, 4, 5, 6, 7};
    return new TokenBatch(
        1, 16, inputs, rows, FIRST, new float[8], new float[0], EmbeddingNoise.NONE, size);
  }

  @Test
  void aNoisyRowReadsItsOwnNoisyBlockAndTheCleanBlocksBeforeItAndNothingElse() {
    var size = 3; // blocks of 3, 3 and 2
    var noisy = new int[] {MASK, 2, MASK, MASK, 5, MASK, MASK, 0};
    try (var network = network(layout(4), Numerics.exact())) {
      var before = network.crossEntropy(pair(noisy, FIRST, size), false);
      for (var place = 0; place < 16; place++) {
        var changedNoisy = noisy.clone();
        var changedClean = FIRST.clone();
        (place < 8 ? changedNoisy : changedClean)[place % 8] = 9;
        var after = network.crossEntropy(pair(changedNoisy, changedClean, size), false);
        for (var row = 0; row < 8; row++) {
          var block = place % 8 / size;
          var read = place < 8 ? block == row / size : block < row / size;
          if (read) {
            assertThat(after[row])
                .as("row %d reads place %d", row, place)
                .isNotCloseTo(before[row], within(1e-4f));
          } else {
            // Not equal bits: sums of zeros may be taken in another order.
            assertThat(after[row])
                .as("row %d does not read place %d", row, place)
                .isCloseTo(before[row], within(1e-6f));
          }
        }
      }
    }
  }

  @Test
  void aCleanRowReadsTheCleanBlocksUpToItsOwn() {
    var size = 3;
    var rows = new int[] {8, 9, 10, 11, 12, 13, 14, 15};
    try (var network = network(layout(4), Numerics.exact())) {
      var before = network.crossEntropy(clean(rows, -1, size), false);
      for (var place = 0; place < 16; place++) {
        var after = network.crossEntropy(clean(rows, place, size), false);
        for (var row = 0; row < 8; row++) {
          if (place >= 8 && place % 8 / size <= row / size) {
            assertThat(after[row]).isNotCloseTo(before[row], within(1e-4f));
          } else {
            assertThat(after[row]).isCloseTo(before[row], within(1e-6f));
          }
        }
      }
    }
  }

  private static TokenBatch clean(int[] rows, int changed, int size) {
    var inputs = Arrays.copyOf(FIRST, 16);
    System.arraycopy(FIRST, 0, inputs, 8, 8);
    if (changed >= 0) {
      inputs[changed] = 9;
    }
    return new TokenBatch(
        1, 16, inputs, rows, FIRST, new float[8], new float[0], EmbeddingNoise.NONE, size);
  }

  @Test
  void withBlocksOfOneTokenTheBoundIsTheExactLossOfWritingLeftToRight() {
    var layout = layout(4);
    var batch = batch(1);
    assertThat(batch.rows()).as("every token is asked for").hasSize(16);
    var reference = new ReferenceNetwork(layout, ReferenceNetwork.widen(weights(layout)));
    try (var network = network(layout, Numerics.exact())) {
      network.accumulate(batch, 0);
      network.update(PLAIN, 0, 0);
      var bound = network.drain().get(0).loss() * 16;
      var nats = 0.0;
      for (var text : List.of(FIRST, SECOND)) {
        for (var i = 0; i < text.length; i++) {
          // A masked token with only the tokens before it, which see each other from left to
          // right: the clean copy of those, and the rest of the batch left out.
          nats += reference.crossEntropy(prefix(text, i))[0];
        }
      }
      // 16 losses, each good to 2e-5.
      assertThat((double) bound).isCloseTo(nats, within(3e-4));
    }
  }

  /** Token i of a text, everything from it on hidden in both copies. */
  private static TokenBatch prefix(int[] text, int i) {
    var length = i + 1;
    var inputs = new int[2 * length];
    Arrays.fill(inputs, MASK);
    System.arraycopy(text, 0, inputs, length, i);
    return new TokenBatch(
        1,
        2 * length,
        inputs,
        new int[] {i},
        new int[] {text[i]},
        new float[] {1},
        new float[0],
        EmbeddingNoise.NONE,
        1);
  }

  @Test
  void theGradientIsThatOfTheBatchInPortions() {
    var layout = layout(2);
    var batch = batch(4);
    try (var whole = network(layout, Numerics.exact());
        var portions = network(layout, Numerics.exact())) {
      whole.accumulate(batch, 0);
      MicroBatching.portions(batch, 1).forEach(part -> portions.accumulate(part, 0));
      var a = whole.gradient();
      var b = portions.gradient();
      for (var i = 0; i < a.length; i++) {
        assertThat(b[i]).isCloseTo(a[i], within(1e-5f));
      }
    }
  }

  @Test
  void dropoutInAttentionAndActivationsIsAFunctionOfItsSeed() {
    var layout = layout(4);
    var dropping = new Numerics(false, 0.3, 0.2, 1024, false);
    float[][] gradients = new float[3][];
    for (var run = 0; run < 3; run++) {
      try (var network = network(layout, dropping)) {
        network.accumulate(batch(4), run == 2 ? 8 : 7);
        gradients[run] = network.gradient();
      }
    }
    assertThat(gradients[1]).isEqualTo(gradients[0]).doesNotContain(Float.NaN);
    assertThat(gradients[2]).isNotEqualTo(gradients[0]);
  }

  @Test
  void sixteenBitsAgreeWithFloat64ToTheirPrecision() {
    var layout = layout(2);
    var weights = Initialization.of(layout, 3);
    var batch = batch(4);
    var expected =
        new ReferenceNetwork(layout, ReferenceNetwork.widen(weights)).crossEntropy(batch);
    var numerics = new Numerics(true, 0, 0, 1024, false);
    try (var network =
        new NetworkOnDevice(kernels, layout, numerics, OptimizerState.first(weights))) {
      var found = network.crossEntropy(batch, false);
      for (var n = 0; n < expected.length; n++) {
        // 8 bits of significand and logits near 0.
        assertThat((double) found[n]).isCloseTo(expected[n], within(0.02));
      }
      network.accumulate(batch, 0);
      assertThat(network.gradient()).doesNotContain(Float.NaN);
    }
  }

  @Test
  void aLongTextGivesFiniteNumbersAlthoughMostOfItIsHidden() {
    // 2 x 600 places: kernels that work through keys in portions meet rows that see none of one.
    var network =
        new NetworkConfig(
                11,
                16,
                1,
                4,
                4,
                4,
                24,
                600,
                1e-5,
                1e4,
                true,
                AttentionMode.BIDIRECTIONAL,
                MASK,
                -1,
                0)
            .withAttentionBlocks(List.of(8));
    var layout = new ParameterLayout(network);
    var text = new int[600];
    Arrays.setAll(text, i -> i * i % 10);
    var batch = new BlockDiffusion(8, MASK).ask(List.of(new Sample(1, 5, text)));
    var reference = new ReferenceNetwork(layout, ReferenceNetwork.widen(weights(layout)));
    try (var found = network(layout, Numerics.exact())) {
      var expected = reference.crossEntropy(batch);
      var losses = found.crossEntropy(batch, false);
      for (var n = 0; n < expected.length; n++) {
        assertThat((double) losses[n]).isCloseTo(expected[n], within(2e-5));
      }
      found.accumulate(batch, 0);
      assertThat(found.gradient()).doesNotContain(Float.NaN);
    }
  }
}
