package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.ReferenceSampler;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Guided candidates are those of the logits of both canvases, combined outside of the kernel. */
class GuidedDenoiserTest {
  private static final int PINNED = 9;

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  static List<NetworkConfig> shapes() {
    return List.of(
        RandomNetwork.denoiser(601, 64, 2, 4, 2, 172),
        // Each of the two canvases is told its own share of masks.
        RandomNetwork.told(TimeConditioning.Kind.ADALN));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void agreesWithTheLogitsOfBothCanvases(NetworkConfig config) {
    var samplings =
        List.of(
            Sampling.GREEDY,
            new Sampling(1, 0, 1),
            new Sampling(0.8, 40, 0.9),
            new Sampling(2, 0, 0.95));
    try (var denoiser = denoiser(config)) {
      for (var sampling : samplings) {
        for (double weight : new double[] {0.3, 1, 4, 10}) {
          agrees(denoiser, task(config, sampling, weight, 31));
        }
      }
    }
  }

  private static void agrees(TransformerDenoiser denoiser, DenoiseTask task) {
    var config = denoiser.config();
    var other = task.unconditional().orElseThrow();
    var candidates = denoiser.denoise(List.of(task)).get(0);
    float[][] with = denoiser.network().logits(task.canvas(), task.rows());
    float[][] without = denoiser.network().logits(other.canvas(), task.rows());
    for (int i = 0; i < task.rows().length; i++) {
      int position = task.rows()[i];
      double[] guided =
          ReferenceSampler.bar(
              ReferenceSampler.guide(wide(with[i]), wide(without[i]), other.weight()),
              config.maskToken(),
              task.barredAt(position));
      boolean given = task.canvas()[position] != config.maskToken();
      var draw =
          given
              ? ReferenceSampler.score(guided, task.canvas()[position])
              : ReferenceSampler.draw(guided, task.sampling(), task.seed(), task.step(), position);
      assertThat(candidates.tokens()[i]).isEqualTo(draw.token());
      assertThat((double) candidates.confidences()[i]).isCloseTo(draw.confidence(), within(1e-4));
      assertThat((double) candidates.entropies()[i]).isCloseTo(draw.entropy(), within(1e-4));
    }
  }

  @Test
  void guidedAndUnguidedTasksHaveTheSameBitsAloneAndTogether() {
    // Shapes at which an ordinary matrix product depends on the number of rows.
    var config = RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100);
    try (var denoiser = denoiser(config)) {
      var samplings = List.of(Sampling.GREEDY, new Sampling(1, 0, 1), new Sampling(0.7, 40, 0.9));
      for (int length : new int[] {5, 32, 67}) {
        var tasks =
            IntStream.range(0, 15)
                .mapToObj(i -> task(config, samplings.get(i % 3), i % 4, 100 * length + i, length))
                .toList();
        var together = denoiser.denoise(tasks);
        for (int i = 0; i < tasks.size(); i++) {
          var alone = denoiser.denoise(List.of(tasks.get(i))).get(0);
          same(together.get(i), alone);
        }
      }
    }
  }

  @Test
  void theyHaveTheSameBitsBesideCanvasesThatFillTheirCaches() {
    var config = RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100);
    try (var denoiser = denoiser(config)) {
      var tasks = new ArrayList<DenoiseTask>();
      for (int i = 0; i < 9; i++) {
        var task = task(config, new Sampling(1, 0, 1), i % 3, 50 + i, 32);
        var filling = new CacheUse.Refresh(i);
        tasks.add(
            task.canvases() == 2
                ? task
                : new DenoiseTask(
                    task.canvas(), task.rows(), task.sampling(), 7, 3, -1, 0, filling));
      }
      var together = denoiser.denoise(tasks);
      var reusing = tasks.stream().filter(task -> task.canvases() == 1).map(this::reusing).toList();
      var reused = reusing.stream().map(task -> denoiser.denoise(List.of(task)).get(0)).toList();
      for (int i = 0; i < tasks.size(); i++) {
        same(together.get(i), denoiser.denoise(List.of(tasks.get(i))).get(0));
      }
      // The caches that were filled beside guided canvases are those that are filled alone.
      for (int i = 0; i < reusing.size(); i++) {
        same(reused.get(i), denoiser.denoise(List.of(reusing.get(i))).get(0));
      }
      assertThat(denoiser.cachedSequences()).isEqualTo(3);
    }
  }

  private DenoiseTask reusing(DenoiseTask task) {
    long sequence = ((CacheUse.Refresh) task.cache()).sequence();
    var use = new CacheUse.Reuse(sequence, task.rows());
    return new DenoiseTask(task.canvas(), task.rows(), task.sampling(), task.seed(), 4, -1, 0, use);
  }

  @Test
  void aGuidedTaskKeepsAndTakesNoKeysAndValues() {
    var task = task(RandomNetwork.denoiser(601, 64, 2, 4, 2, 172), Sampling.GREEDY, 1, 5);
    for (CacheUse use : List.of(new CacheUse.Refresh(1), new CacheUse.Reuse(1, task.rows()))) {
      assertThatThrownBy(
              () ->
                  new DenoiseTask(
                      task.canvas(),
                      task.rows(),
                      task.sampling(),
                      1,
                      0,
                      -1,
                      0,
                      use,
                      task.unconditional()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void same(Candidates actual, Candidates expected) {
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    assertThat(actual.confidences()).isEqualTo(expected.confidences());
    assertThat(actual.entropies()).isEqualTo(expected.entropies());
  }

  private static TransformerDenoiser denoiser(NetworkConfig config) {
    var network = new RandomNetwork(config, 3);
    return new TransformerDenoiser(
        PreparedNetwork.load(kernels, config, network.source(), ComputeType.FLOAT32));
  }

  private static DenoiseTask task(
      NetworkConfig config, Sampling sampling, double weight, long seed) {
    return task(config, sampling, weight, seed, 48);
  }

  /** Fixed text, then masks, some already written; the rows of those are scored. */
  private static DenoiseTask task(
      NetworkConfig config, Sampling sampling, double weight, long seed, int length) {
    var choice = new Random(seed);
    int pinned = Math.min(PINNED, length / 2);
    int mask = config.maskToken();
    int[] canvas = choice.ints(length, 0, mask).toArray();
    for (int p = pinned; p < length; p++) {
      canvas[p] = choice.nextInt(4) == 0 ? canvas[p] : mask;
    }
    int[] other = canvas.clone();
    java.util.Arrays.fill(other, 0, pinned, mask);
    int[] rows = IntStream.range(pinned, length).filter(p -> choice.nextInt(3) > 0).toArray();
    rows = rows.length == 0 ? new int[] {pinned} : rows;
    var unconditional = Optional.of(new DenoiseTask.Unconditional(other, weight));
    return new DenoiseTask(
        canvas,
        rows,
        sampling,
        seed,
        3,
        config.endToken(),
        length / 2 + pinned / 2,
        new CacheUse.None(),
        weight == 0 ? Optional.empty() : unconditional);
  }

  private static double[] wide(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
