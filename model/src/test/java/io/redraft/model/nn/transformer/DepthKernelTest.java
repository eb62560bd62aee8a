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
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
    "SUFFIX, 9, true"
  })
  void everyStepIsThatOfTheReference(DepthExecution execution, int steps, boolean packed) {
    var options =
        DecodeOptions.DEFAULTS.withExecution(execution).withSteps(steps).withMinTokens(28);
    List<Segment> text = List.of(new Segment.Fixed(new int[] {5, 9, 2}), new Segment.Masked(28));
    var state = DecodeState.start(DecodePlan.of(text, SHAPE, options, 1));
    var carried = new Carried(state.canvas());
    int passes = 0;
    try (var denoiser = denoiser(packed)) {
      while (!state.done()) {
        var task = state.next();
        var range = task.depth().orElseThrow().range();
        int from = range.carried() ? range.to() - 2 : range.from();
        var found = denoiser.denoise(List.of(task)).get(0);
        same(found, carried.step(execution, task.canvas(), from, range.to()));
        state = state.advance(found).state();
        passes++;
      }
    }
    assertThat(passes).isGreaterThanOrEqualTo(3).isEqualTo(state.forwards());
  }

  /** The stream as it is carried from one step to the next, written back into as S0 §5.1 says. */
  private static final class Carried {
    private final ReferenceTransformer reference = new ReferenceTransformer(NETWORK);
    private int[] before;
    private double[][] entered;
    private double[][] left;
    private int block;

    Carried(int[] canvas) {
      before = canvas;
      entered = embedded(canvas);
      left = entered;
    }

    double[][] step(DepthExecution execution, int[] canvas, int from, int to) {
      if (execution != DepthExecution.LOCAL) {
        double[][] h = embedded(canvas);
        for (int layer = from; layer < to; layer++) {
          h = reference.block(h, layer);
        }
        return reference.head(h);
      }
      if (from > block) {
        assertThat(from).as("no step is left out").isEqualTo(block + 2);
        block = from;
        entered = left;
      }
      entered = copy(entered);
      for (int p = 0; p < canvas.length; p++) {
        if (canvas[p] != before[p]) {
          entered[p] = reference.embedding(canvas[p]);
        }
      }
      before = canvas;
      double[][] h = copy(entered);
      for (int layer = from; layer < to; layer++) {
        h = reference.block(h, layer);
      }
      left = h;
      return reference.head(h);
    }

    private double[][] embedded(int[] canvas) {
      double[][] h = new double[canvas.length][];
      for (int p = 0; p < canvas.length; p++) {
        h[p] = reference.embedding(canvas[p]);
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
          };
      int[] rows = b % 2 == 0 ? new int[] {1, 5, 20} : new int[] {7};
      for (int row : rows) {
        canvas[row] = SHAPE.maskToken();
      }
      tasks.add(partly(new DenoiseTask(canvas, rows, new Sampling(1, 0, 0.9), b, b), pass));
    }
    try (var denoiser = denoiser(true)) {
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
    return new TransformerDenoiser(
        PreparedNetwork.load(kernels, SHAPE, NETWORK.source(), ComputeType.FLOAT32, packed));
  }
}
