package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is computed only where it is asked equals what is computed everywhere. */
class AskedPositionsTest {
  /** Two orders of summation in float32, as in other tests. */
  private static final double ROUNDING = 1e-5;

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @Test
  void theyStandAmongWhatThePassComputesCanvasByCanvasAndGuidesBehindAll() {
    var guide = Optional.of(new DenoiseTask.Unconditional(new int[7], 1));
    var none = new CacheUse.None();
    var whole =
        new AskedPositions(
            List.of(
                task(7, new int[] {1, 4, 6}, none, guide),
                task(7, new int[] {}, none, Optional.empty()),
                task(7, new int[] {0}, none, Optional.empty())),
            Device.CPU);
    assertThat(values(whole)).as("and padding").containsExactly(1, 4, 6, 14, 22, 25, 27, 1);
    assertThat(whole.size()).isEqualTo(7);

    var computed = new CacheUse.Reuse(1, new int[] {2, 3, 5, 6});
    var cached =
        new AskedPositions(
            List.of(
                task(7, new int[] {3, 6}, computed, Optional.empty()),
                task(7, new int[] {2, 5}, computed, Optional.empty())),
            Device.CPU);
    assertThat(values(cached)).containsExactly(1, 3, 4, 6);
  }

  private static long[] values(AskedPositions asked) {
    try (var scope = kernels.scope()) {
      return asked.positions(scope).toLongArray();
    }
  }

  private static DenoiseTask task(
      int length, int[] rows, CacheUse use, Optional<DenoiseTask.Unconditional> guide) {
    return new DenoiseTask(new int[length], rows, Sampling.GREEDY, 1, 0, -1, 0, use, guide);
  }

  /** The logits of evaluation are computed at every position, by another kernel. */
  @ParameterizedTest
  @CsvSource({
    "BIDIRECTIONAL, NONE",
    "BIDIRECTIONAL, SINUSOIDAL",
    "BIDIRECTIONAL, TABLE",
    "BIDIRECTIONAL, ADALN",
    "CAUSAL, NONE",
    "BLOCK_CAUSAL, NONE"
  })
  void proposalsAreThoseOfANetworkThatComputesEverything(
      AttentionMode attention, TimeConditioning.Kind kind) {
    var random = new RandomNetwork(with(RandomNetwork.told(kind), attention), 13);
    var config = random.config();
    var choice = new Random(17);
    var network = PreparedNetwork.load(kernels, config, random.source(), ComputeType.FLOAT32, true);
    try (var denoiser = new TransformerDenoiser(network)) {
      int[][] rows = {{4}, {}, IntStream.range(0, 29).toArray(), {0, 11, 12, 28}};
      var tasks =
          Arrays.stream(rows)
              .map(asked -> new DenoiseTask(canvas(config, choice), asked, Sampling.GREEDY, 1, 0))
              .toList();
      var proposed = denoiser.denoise(tasks);
      for (int b = 0; b < rows.length; b++) {
        assertThat(proposed.get(b).positions()).isEqualTo(rows[b]);
        if (rows[b].length > 0) {
          compare(proposed.get(b), network.logits(tasks.get(b).canvas(), rows[b]));
        }
      }
    }
  }

  private static int[] canvas(NetworkConfig config, Random choice) {
    return choice
        .ints(29, 0, config.vocabularySize())
        .map(token -> choice.nextBoolean() ? token : config.maskToken())
        .toArray();
  }

  private static NetworkConfig with(NetworkConfig config, AttentionMode attention) {
    var sizes = attention == AttentionMode.BLOCK_CAUSAL ? List.of(4) : config.attentionBlocks();
    return config.withAttention(attention, sizes);
  }

  private static void compare(Candidates proposed, float[][] logits) {
    for (int i = 0; i < proposed.size(); i++) {
      float[] line = logits[i];
      double total = IntStream.range(0, line.length).mapToDouble(v -> Math.exp(line[v])).sum();
      double expected = Math.exp(line[proposed.tokens()[i]]) / total;
      assertThat((double) proposed.confidences()[i]).isCloseTo(expected, within(ROUNDING));
    }
  }
}
