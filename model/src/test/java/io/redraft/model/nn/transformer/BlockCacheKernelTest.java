package io.redraft.model.nn.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Passes that reuse keys and values, against a slow network in float64 and against whole passes.
 */
class BlockCacheKernelTest {
  /** A pass in float32 against one in float64, and two orders of summation: as in other tests. */
  private static final double EXACT = 1e-4;

  private static final Sampling SAMPLED = new Sampling(1, 0, 1);

  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  /** Pinned text at the front and in the middle: the second block of 6 reaches over it. */
  private static DecodePlan plan(NetworkConfig config, CacheMode cache, long seed) {
    int[] front = new Random(seed).ints(5, 0, config.vocabularySize() - 2).toArray();
    int[] middle = new Random(~seed).ints(3, 0, config.vocabularySize() - 2).toArray();
    var options =
        DecodeOptions.DEFAULTS
            .withPolicy(new RevealPolicy.Threshold(0.3))
            .withBlock(6)
            .withCache(cache)
            .withSampling(SAMPLED)
            .withRemask(0.05);
    return DecodePlan.of(
        List.of(
            new Segment.Fixed(front),
            new Segment.Masked(9),
            new Segment.Fixed(middle),
            new Segment.Masked(14)),
        config,
        options,
        seed);
  }

  private static TransformerDenoiser denoiser(RandomNetwork random, ComputeType type) {
    return (TransformerDenoiser) Networks.denoiser(random.config(), random.source(), kernels, type);
  }

  private static Candidates one(Denoiser denoiser, DenoiseTask task) {
    return denoiser.denoise(List.of(task)).get(0);
  }

  private static DenoiseTask with(DenoiseTask task, CacheUse use) {
    return new DenoiseTask(
        task.canvas(),
        task.rows(),
        task.sampling(),
        task.seed(),
        task.step(),
        task.barredToken(),
        task.barredBefore(),
        use);
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void rightAfterARefreshItGivesWhatTheWholeCanvasGives(TimeConditioning.Kind kind) {
    var random = new RandomNetwork(RandomNetwork.told(kind), 3);
    try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
      var state = DecodeState.start(plan(random.config(), CacheMode.DUAL, 1));
      var whole = state.next(4);
      var refreshed = one(denoiser, whole);
      same(one(denoiser, with(whole, new CacheUse.None())), refreshed);
      for (int from : new int[] {5, 0}) {
        int[] positions =
            from == 5 ? state.plan().block(0) : IntStream.range(0, state.plan().length()).toArray();
        var reused = one(denoiser, with(whole, new CacheUse.Reuse(4, positions)));
        close(reused, refreshed, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TimeConditioning.Kind.class)
  void everyStepIsThatOfASlowNetworkThatKeepsTheSame(TimeConditioning.Kind kind) {
    for (var mode : new CacheMode[] {CacheMode.PREFIX, CacheMode.DUAL}) {
      var random = new RandomNetwork(RandomNetwork.told(kind), 5);
      var reference = new ReferenceTransformer(random);
      int compared = 0;
      try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
        var state = DecodeState.start(plan(random.config(), mode, 2));
        while (!state.done()) {
          var task = state.next(1);
          var candidates = one(denoiser, task);
          if (task.cache() instanceof CacheUse.Reuse reuse) {
            double[][][][] seen = reference.keysAndValues(state.refreshed());
            double[][] logits = reference.logits(task.canvas(), reuse.positions(), seen);
            compare(candidates, task, reuse, logits, random.config().maskToken());
            compared++;
          }
          state = state.advance(candidates).state();
        }
      }
      assertThat(compared).isGreaterThan(4);
    }
  }

  private static void compare(
      Candidates candidates, DenoiseTask task, CacheUse.Reuse reuse, double[][] logits, int mask) {
    for (int i = 0; i < candidates.size(); i++) {
      int position = candidates.positions()[i];
      double[] line = logits[Arrays.binarySearch(reuse.positions(), position)].clone();
      line[mask] = Double.NEGATIVE_INFINITY;
      int barred = task.barredAt(position);
      if (barred >= 0) {
        line[barred] = Double.NEGATIVE_INFINITY;
      }
      double best = Arrays.stream(line).max().orElseThrow();
      double total = Arrays.stream(line).map(z -> Math.exp(z - best)).sum();
      double expected = Math.exp(line[candidates.tokens()[i]] - best) / total;
      assertThat((double) candidates.confidences()[i]).isCloseTo(expected, within(EXACT));
    }
  }

  @Test
  void keysOfOneLayerDependOnNothingElseSoACacheChangesNothing() {
    // Only with more layers a kept key has seen masks that are tokens by now.
    var random = new RandomNetwork(RandomNetwork.denoiser(97, 48, 1, 4, 2, 100), 7);
    try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
      var plain = run(denoiser, plan(random.config(), CacheMode.NONE, 3));
      for (var mode : new CacheMode[] {CacheMode.PREFIX, CacheMode.DUAL}) {
        var cached = run(denoiser, plan(random.config(), mode, 3));
        assertThat(cached).hasSameSizeAs(plain);
        for (int i = 0; i < plain.size(); i++) {
          close(cached.get(i), plain.get(i), 1e-5);
        }
      }
    }
  }

  @Test
  void withMoreLayersItDoesChangeConfidences() {
    var random = new RandomNetwork(RandomNetwork.denoiser(97, 48, 2, 4, 2, 100), 7);
    try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
      var state = DecodeState.start(plan(random.config(), CacheMode.DUAL, 3));
      state = state.advance(one(denoiser, state.next(1))).state();
      var reused = one(denoiser, state.next(1));
      var whole = one(denoiser, with(state.next(1), new CacheUse.None()));
      float most = 0;
      for (int i = 0; i < whole.size(); i++) {
        most = Math.max(most, Math.abs(whole.entropies()[i] - reused.entropies()[i]));
      }
      assertThat(most).isGreaterThan(1e-3f); // a hundred times what rounding does
    }
  }

  @Test
  void prefixAndDualAreOneWhereTheBlockReachesTheEndAndPrefixIsNoneWhereItBeginsAtTheFront() {
    var random = new RandomNetwork(RandomNetwork.denoiser(97, 48, 2, 4, 2, 100), 9);
    List<Segment> last = List.of(new Segment.Fixed(new int[] {3, 4, 5}), new Segment.Masked(8));
    List<Segment> first = List.of(new Segment.Masked(8), new Segment.Fixed(new int[] {3, 4, 5}));
    try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
      sameRuns(denoiser, last, CacheMode.PREFIX, CacheMode.DUAL);
      sameRuns(denoiser, first, CacheMode.PREFIX, CacheMode.NONE);
    }
  }

  private static void sameRuns(
      Denoiser denoiser, List<Segment> text, CacheMode some, CacheMode others) {
    var options = DecodeOptions.DEFAULTS.withBlock(8).withSampling(SAMPLED);
    var a = run(denoiser, DecodePlan.of(text, denoiser.config(), options.withCache(some), 1));
    var b = run(denoiser, DecodePlan.of(text, denoiser.config(), options.withCache(others), 1));
    assertThat(a).hasSize(b.size()).hasSizeGreaterThan(3);
    for (int i = 0; i < a.size(); i++) {
      same(a.get(i), b.get(i));
    }
  }

  private static List<Candidates> run(Denoiser denoiser, DecodePlan plan) {
    var seen = new ArrayList<Candidates>();
    for (var state = DecodeState.start(plan); !state.done(); ) {
      seen.add(one(denoiser, state.next(8)));
      state = state.advance(seen.get(seen.size() - 1)).state();
    }
    denoiser.release(8);
    return seen;
  }

  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void aCacheLostAtAnyStepAndFilledAgainGivesTheSameBits(ComputeType type) {
    var random = new RandomNetwork(RandomNetwork.denoiser(601, 96, 2, 3, 3, 1100), 11);
    try (var kept = denoiser(random, type)) {
      var state = DecodeState.start(plan(random.config(), CacheMode.DUAL, 5));
      while (!state.done()) {
        var candidates = one(kept, state.next(1));
        if (state.next(1).cache() instanceof CacheUse.Reuse) {
          try (var fresh = denoiser(random, type)) {
            one(fresh, state.refresh(2));
            same(one(fresh, state.next(2)), candidates);
          }
        }
        state = state.advance(candidates).state();
      }
    }
  }

  @Test
  void aPassWithoutItsCacheOrOutOfRangeIsRefused() {
    var random = new RandomNetwork(RandomNetwork.denoiser(97, 48, 1, 4, 2, 100), 7);
    try (var denoiser = denoiser(random, ComputeType.FLOAT32)) {
      var task = DecodeState.start(plan(random.config(), CacheMode.DUAL, 3)).next(1);
      var own = new int[] {5, 6, 7, 8, 9, 10};
      var lost = with(task, new CacheUse.Reuse(1, own));
      assertThatThrownBy(() -> one(denoiser, lost)).isInstanceOf(IllegalStateException.class);
      one(denoiser, task);
      assertThat(one(denoiser, lost).size()).isEqualTo(6);
      for (int[] wrong : new int[][] {{5, 6}, {5, 6, 7, 8, 10, 9}, {5, 6, 7, 8, 9, 10, 99}}) {
        var refused = with(task, new CacheUse.Reuse(1, wrong));
        assertThatThrownBy(() -> one(denoiser, refused))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> denoiser.denoise(List.of(task, lost)))
          .isInstanceOf(IllegalArgumentException.class);
      denoiser.release(1);
      denoiser.release(1);
      assertThat(denoiser.cachedSequences()).isZero();
      assertThatThrownBy(() -> one(denoiser, lost)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static void same(Candidates actual, Candidates expected) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    assertThat(actual.confidences()).isEqualTo(expected.confidences());
    assertThat(actual.entropies()).isEqualTo(expected.entropies());
  }

  private static void close(Candidates actual, Candidates expected, double tolerance) {
    assertThat(actual.positions()).isEqualTo(expected.positions());
    assertThat(actual.tokens()).isEqualTo(expected.tokens());
    for (int i = 0; i < actual.size(); i++) {
      assertThat((double) actual.confidences()[i])
          .isCloseTo(expected.confidences()[i], within(tolerance));
      // An entropy sums as many terms as there are tokens.
      assertThat((double) actual.entropies()[i])
          .isCloseTo(expected.entropies()[i], within(10 * tolerance));
    }
  }
}
