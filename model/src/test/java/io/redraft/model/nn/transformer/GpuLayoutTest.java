package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withPrecision;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kernels as GPUs run them, positions first and matrices not packed, on the CPU: they give what the
 * CPU's own give, up to rounding.
 */
class GpuLayoutTest {
  private static final int LENGTH = 19;

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  static Stream<NetworkConfig> shapes() {
    return Stream.concat(
        Stream.of(
            RandomNetwork.denoiser(97, 64, 3, 4, 4, 172),
            RandomNetwork.denoiser(97, 48, 2, 4, 2, 100)),
        Stream.of(TimeConditioning.Kind.values())
            .filter(kind -> kind != TimeConditioning.Kind.NONE)
            .map(RandomNetwork::told));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void batchesWithGuidanceAreWhatTheCpusAre(NetworkConfig config) {
    var random = new Random(4);
    var tasks = new ArrayList<DenoiseTask>();
    for (int b = 0; b < 4; b++) {
      int[] canvas = canvas(config, random, b);
      Optional<DenoiseTask.Unconditional> other =
          b % 2 == 0
              ? Optional.empty()
              : Optional.of(new DenoiseTask.Unconditional(canvas(config, random, b + 1), 1.5));
      tasks.add(task(canvas, b, new CacheUse.None(), other));
    }
    try (var packed = denoiser(config, true);
        var unpacked = denoiser(config, false)) {
      same(unpacked.denoise(tasks), packed.denoise(tasks));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void keysAndValuesThatAreKeptServeBlocks(NetworkConfig config) {
    var random = new Random(5);
    var whole = new ArrayList<DenoiseTask>();
    var blocks = new ArrayList<DenoiseTask>();
    for (int b = 0; b < 3; b++) {
      int[] canvas = canvas(config, random, b);
      // The canvas between keeps nothing.
      CacheUse use = b == 1 ? new CacheUse.None() : new CacheUse.Refresh(b);
      whole.add(task(canvas, b, use, Optional.empty()));
      if (b != 1) {
        int[] changed = canvas.clone();
        changed[4] = 7;
        var reuse = new CacheUse.Reuse(b, IntStream.range(b, b + 9).toArray());
        int[] rows = IntStream.range(b, b + 9).filter(i -> i != 4).toArray();
        blocks.add(new DenoiseTask(changed, rows, Sampling.GREEDY, b, 0, -1, 0, reuse));
      }
    }
    try (var packed = denoiser(config, true);
        var unpacked = denoiser(config, false)) {
      same(unpacked.denoise(whole), packed.denoise(whole));
      same(unpacked.denoise(blocks), packed.denoise(blocks));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void rowsOfAStreamThatIsThereAreThoseOfAWholePass(NetworkConfig config) {
    var random = new Random(6);
    List<int[]> canvases = List.of(canvas(config, random, 1), canvas(config, random, 3));
    var rows = new ArrayList<RowPlan.Row>();
    long[] asked = {0, 3, LENGTH - 1, LENGTH, LENGTH + 4, 2 * LENGTH - 1};
    for (int i = 0; i < asked.length; i++) {
      rows.add(new RowPlan.Row(i, asked[i], new Sampling(1, 0, 1), -1, config.maskToken()));
    }
    var plan = new RowPlan(rows);
    try (var network = network(config, false);
        var scope = kernels.scope()) {
      var ids = PreparedNetwork.canvases(scope, canvases);
      RowPlan.Drawn found;
      try (var stream =
          network.withSettings(network.call("whole_stream", scope).tensor(ids)).runList()) {
        var call =
            network
                .call("denoise_stream", scope)
                .tensors(stream)
                .tensor(scope.longs(asked, asked.length))
                .tensor(plan.lines(scope))
                .tensor(plan.reals(scope))
                .tensor(plan.guides(scope))
                .integers(plan.runs())
                .integers(plan.limits());
        found = plan.read(network.withSettings(call).runOne());
      }
      var call =
          network
              .call("denoise", scope)
              .tensor(ids)
              .tensor(scope.longs(asked, asked.length))
              .tensor(plan.lines(scope))
              .tensor(plan.reals(scope))
              .tensor(plan.guides(scope))
              .integers(plan.runs())
              .integers(plan.limits());
      var expected = plan.read(network.withSettings(call).runOne());
      assertThat(found.tokens()).isEqualTo(expected.tokens());
      assertThat(found.confidences()).isEqualTo(expected.confidences());
    }
  }

  @Test
  void rowsShareTheHeadInLongerRuns() {
    var rows = new ArrayList<RowPlan.Row>();
    for (int i = 0; i < 200; i++) {
      rows.add(new RowPlan.Row(i, i, Sampling.GREEDY, -1, 0));
    }
    assertThat(new RowPlan(rows, Device.CPU).runs()).containsExactly(64, 64, 64, 8);
    assertThat(new RowPlan(rows, new Device(0)).runs()).containsExactly(128, 128);
  }

  @Test
  void randomWeightsHaveTheDeviationThatIsAskedFor() {
    var config = RandomNetwork.denoiser(997, 64, 2, 4, 4, 172);
    for (var type : ComputeType.values()) {
      try (var network = PreparedNetwork.random(kernels, config, type, 0.05)) {
        int[] canvas = IntStream.range(0, 40).map(i -> 11 * i).toArray();
        double square = 0;
        int n = 0;
        for (float[] line : network.logits(canvas, IntStream.range(0, 40).toArray())) {
          for (int v = 0; v < 996; v++) {
            square += line[v] * line[v];
            n++;
          }
        }
        // The normed stream has a length of √64; a product with a row of the head is as long as
        // that times the deviation. 40 · 996 numbers are known to a hundredth, but the head's rows
        // are 996 only.
        assertThat(Math.sqrt(square / n)).isCloseTo(8 * 0.05, within(0.02));
      }
    }
  }

  private static PreparedNetwork network(NetworkConfig config, boolean packed) {
    var source = new RandomNetwork(config, 5).source();
    return PreparedNetwork.load(kernels, config, source, ComputeType.FLOAT32, packed);
  }

  private static TransformerDenoiser denoiser(NetworkConfig config, boolean packed) {
    return new TransformerDenoiser(network(config, packed));
  }

  private static int[] canvas(NetworkConfig config, Random random, int masks) {
    int[] canvas = random.ints(LENGTH, 0, config.maskToken()).toArray();
    for (int i = 0; i < LENGTH; i += 2 + masks) {
      canvas[i] = config.maskToken();
    }
    return canvas;
  }

  /** Asks about every position; where no mask stands the token is scored. */
  private static DenoiseTask task(
      int[] canvas, long seed, CacheUse use, Optional<DenoiseTask.Unconditional> other) {
    int[] rows = IntStream.range(0, LENGTH).toArray();
    return new DenoiseTask(canvas, rows, Sampling.GREEDY, seed, 0, -1, 0, use, other);
  }

  private static void same(List<Candidates> found, List<Candidates> expected) {
    for (int b = 0; b < expected.size(); b++) {
      assertThat(found.get(b).tokens()).isEqualTo(expected.get(b).tokens());
      // What float32 loses over a few layers; guidance multiplies it by 2.5.
      assertThat(found.get(b).confidences())
          .containsExactly(expected.get(b).confidences(), withPrecision(1e-4f));
      assertThat(found.get(b).entropies())
          .containsExactly(expected.get(b).entropies(), withPrecision(5e-4f));
    }
  }
}
