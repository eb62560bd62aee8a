package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.DepthPass;
import io.redraft.model.decode.DepthRange;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every execution of a depth-as-time network against float64 loops that really carry the stream
 * from step to step, where kernels compute it anew: two blocks a step, three steps.
 */
class DepthKernelTest {
  private static final NetworkConfig SHAPE =
      RandomNetwork.denoiser(97, 48, 6, 4, 2, 100)
          .withDepth(new DepthTime(List.of(1., 0.6, 0.25), DepthExecution.SUFFIX));
  private static final RandomNetwork NETWORK = new RandomNetwork(SHAPE, 3);

  /** Float32 against float64, after 6 blocks. */
  private static final double ROUNDING = 1e-4;

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @ParameterizedTest
  @CsvSource({
    "SUFFIX, 3, true",
    "LOCAL, 3, true",
    "BAND, 3, true",
    "SUFFIX, 3, false",
    "LOCAL, 3, false",
    "BAND, 7, false",
    "LOCAL, 7, true",
    "SUFFIX, 9, true",
    "PREFIX, 3, true",
    "PREFIX, 7, false"
  })
  void everyStepIsThatOfTheReference(DepthExecution execution, int steps, boolean packed) {
    same(NETWORK, execution, steps, packed);
  }

  @ParameterizedTest
  @CsvSource({
    "SINUSOIDAL, SUFFIX, 3, true",
    "SINUSOIDAL, LOCAL, 7, false",
    "TABLE, LOCAL, 3, true",
    "TABLE, BAND, 3, false",
    "ADALN, SUFFIX, 5, false",
    "ADALN, LOCAL, 3, true",
    "ADALN, LOCAL, 7, false",
    "ADALN, BAND, 3, true",
    "ADALN, PREFIX, 3, true"
  })
  void everyStepIsToldItsShareOfMasksOrTheNearestThatItHasLearned(
      TimeConditioning.Kind kind, DepthExecution execution, int steps, boolean packed) {
    same(told(kind), execution, steps, packed);
  }

  /** Narrow bands, so that most shares of masks lie beside them. */
  private static RandomNetwork told(TimeConditioning.Kind kind) {
    var bands =
        List.of(
            new DepthTime.Band(0.95, 1), new DepthTime.Band(0.5, 0.62), new DepthTime.Band(0, 0.3));
    var time = new TimeConditioning(kind, kind == TimeConditioning.Kind.TABLE ? 5 : 0);
    var shape =
        RandomNetwork.denoiser(97, 48, 6, 4, 2, 100)
            .withTime(time)
            .withDepth(new DepthTime(List.of(1., 0.6, 0.25), DepthExecution.SUFFIX, bands));
    return new RandomNetwork(shape, 3);
  }

  private static void same(
      RandomNetwork network, DepthExecution execution, int steps, boolean packed) {
    var options =
        DecodeOptions.DEFAULTS.withExecution(execution).withSteps(steps).withMinTokens(28);
    List<Segment> text = List.of(new Segment.Fixed(new int[] {5, 9, 2}), new Segment.Masked(28));
    var state = DecodeState.start(DecodePlan.of(text, network.config(), options, 1));
    var carried = new Carried(network, state.canvas());
    int passes = 0;
    try (var denoiser = denoiser(network, packed)) {
      while (!state.done()) {
        var task = state.next();
        var range = task.depth().orElseThrow().range();
        int from = range.carried() ? range.to() - 2 : range.from();
        int step = execution == DepthExecution.SUFFIX ? from / 2 : range.to() / 2 - 1;
        var found = denoiser.denoise(List.of(task)).get(0);
        same(found, carried.step(execution, task.canvas(), from, range.to(), step));
        state = state.advance(found).state();
        passes++;
      }
    }
    assertThat(passes).isGreaterThanOrEqualTo(3).isEqualTo(state.forwards());
  }

  /**
   * The stream as it is carried from one step to the next, written back into as S0 §5.1 says. Every
   * depth step is told the share of masks on the canvas when it runs, moved into its band.
   */
  private static final class Carried {
    private final ReferenceTransformer reference;
    private final NetworkConfig shape;
    private int[] before;
    private double[][] entered;
    private double[][] left;
    private final Set<Integer> written = new HashSet<>();
    private int block;

    Carried(RandomNetwork network, int[] canvas) {
      reference = new ReferenceTransformer(network);
      shape = network.config();
      before = canvas;
      entered = embedded(canvas, told(canvas, 0));
      left = entered;
    }

    private double told(int[] canvas, int step) {
      double masks = Arrays.stream(canvas).filter(id -> id == shape.maskToken()).count();
      double share = masks / canvas.length;
      if (shape.depth().bands().isEmpty()) {
        return share;
      }
      var band = shape.depth().bands().get(step);
      return share < band.lowest() ? band.lowest() : Math.min(share, band.highest());
    }

    double[][] step(DepthExecution execution, int[] canvas, int from, int to, int step) {
      double ratio = told(canvas, step);
      if (execution != DepthExecution.LOCAL) {
        double[][] h = embedded(canvas, ratio);
        for (int layer = from; layer < to; layer++) {
          h = reference.block(h, layer, ratio);
        }
        return reference.head(h, ratio);
      }
      if (from > block) {
        assertThat(from).as("no step is left out").isEqualTo(block + 2);
        block = from;
        entered = left;
        written.clear();
      }
      entered = copy(entered);
      for (int p = 0; p < canvas.length; p++) {
        if (canvas[p] != before[p] || step == 0) {
          written.add(p);
        }
        if (written.contains(p)) { // also before an earlier pass of this depth step
          entered[p] = reference.embedding(canvas[p], ratio);
        }
      }
      before = canvas;
      double[][] h = copy(entered);
      for (int layer = from; layer < to; layer++) {
        h = reference.block(h, layer, ratio);
      }
      left = h;
      return reference.head(h, ratio);
    }

    private double[][] embedded(int[] canvas, double ratio) {
      double[][] h = new double[canvas.length][];
      for (int p = 0; p < canvas.length; p++) {
        h[p] = reference.embedding(canvas[p], ratio);
      }
      return h;
    }

    private static double[][] copy(double[][] h) {
      double[][] copy = new double[h.length][];
      for (int p = 0; p < h.length; p++) {
        copy[p] = h[p].clone();
      }
      return copy;
    }
  }

  /** The most probable token that is neither mask nor end of text, and its probability. */
  private static void same(Candidates found, double[][] logits) {
    assertThat(found.size()).isPositive();
    for (int i = 0; i < found.size(); i++) {
      double[] z = logits[found.positions()[i]];
      int best = 0;
      double total = 0;
      for (int token = 0; token < 95; token++) {
        best = z[token] > z[best] ? token : best;
        total += Math.exp(z[token]);
      }
      // Two tokens may be as good as equal in float32.
      assertThat(z[found.tokens()[i]]).isCloseTo(z[best], within(ROUNDING));
      assertThat((double) found.confidences()[i])
          .isCloseTo(Math.exp(z[best]) / total, within(ROUNDING));
    }
  }

  @Test
  void aSuffixOfAllBlocksHasTheBitsOfAnOrdinaryPass() {
    var random = new Random(5);
    int[] canvas = random.ints(33, 0, 97).toArray();
    int[] rows = {0, 4, 17, 32};
    canvas[4] = SHAPE.maskToken();
    var plain = new DenoiseTask(canvas, rows, new Sampling(1, 0, 1), 7, 2);
    var all = partly(plain, new DepthPass(new DepthRange(0, 6, false), 2, new int[0]));
    try (var denoiser = denoiser(true)) {
      assertEqual(denoiser.denoise(List.of(all)).get(0), denoiser.denoise(List.of(plain)).get(0));
    }
  }

  @ParameterizedTest
  @EnumSource(DepthExecution.class)
  void everyBatchGivesTheSameBits(DepthExecution execution) {
    sameBits(execution, NETWORK);
    sameBits(execution, told(TimeConditioning.Kind.ADALN));
  }

  private static void sameBits(DepthExecution execution, RandomNetwork network) {
    var random = new Random(6);
    List<DenoiseTask> tasks = new ArrayList<>();
    for (int b = 0; b < 9; b++) {
      int[] canvas = random.ints(21, 0, 97).toArray();
      int[] entries = random.ints(21, 0, 2).toArray();
      var pass =
          switch (execution) {
            case SUFFIX -> new DepthPass(new DepthRange(2, 6, false), 2, new int[0]);
            case BAND -> new DepthPass(new DepthRange(2, 4, false), 2, new int[0]);
            case LOCAL -> new DepthPass(new DepthRange(0, 4, true), 2, entries);
            case PREFIX -> new DepthPass(new DepthRange(0, 4, false), 2, 1, new int[0]);
          };
      int[] rows = b % 2 == 0 ? new int[] {1, 5, 20} : new int[] {7};
      for (int row : rows) {
        canvas[row] = SHAPE.maskToken();
      }
      tasks.add(partly(new DenoiseTask(canvas, rows, new Sampling(1, 0, 0.9), b, b), pass));
    }
    try (var denoiser = denoiser(network, true)) {
      var batch = denoiser.denoise(tasks);
      for (int b = 0; b < tasks.size(); b++) {
        assertEqual(batch.get(b), denoiser.denoise(List.of(tasks.get(b))).get(0));
      }
    }
  }

  @Test
  void refusesBlocksThatTheNetworkDoesNotHaveAndBatchesOfTwoKinds() {
    var plain = new DenoiseTask(new int[9], new int[] {3}, Sampling.GREEDY, 7, 2);
    var beyond = partly(plain, new DepthPass(new DepthRange(4, 7, false), 2, new int[0]));
    var suffix = partly(plain, new DepthPass(new DepthRange(4, 6, false), 2, new int[0]));
    try (var denoiser = denoiser(true)) {
      assertThatThrownBy(() -> denoiser.denoise(List.of(beyond)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> denoiser.denoise(List.of(suffix, plain)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static DenoiseTask partly(DenoiseTask task, DepthPass pass) {
    return new DenoiseTask(
        task.canvas(),
        task.rows(),
        task.sampling(),
        task.seed(),
        task.step(),
        task.barredToken(),
        task.barredBefore(),
        task.cache(),
        Optional.empty(),
        0,
        Optional.of(pass));
  }

  private static void assertEqual(Candidates actual, Candidates expected) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    assertThat(actual.confidences()).isEqualTo(expected.confidences());
    assertThat(actual.entropies()).isEqualTo(expected.entropies());
  }

  private static TransformerDenoiser denoiser(boolean packed) {
    return denoiser(NETWORK, packed);
  }

  private static TransformerDenoiser denoiser(RandomNetwork network, boolean packed) {
    return new TransformerDenoiser(
        PreparedNetwork.load(
            kernels, network.config(), network.source(), ComputeType.FLOAT32, packed));
  }
}
