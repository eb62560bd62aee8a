package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Which passes a plan with a cache asks for. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class BlockCacheTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();
  private static final int END = FakeDenoiser.CONFIG.endToken();

  @Property(tries = 600)
  void aBlockRefreshesOnceAndThenReusesWhatCannotBeStale(
      @ForAll DecodePlan any, @ForAll Random random) {
    var plan = bidirectional(any);
    int block = -1;
    int[] refreshed = {};
    for (var state = DecodeState.start(plan); !state.done(); ) {
      var task = state.next(7);
      int[] computed = computed(plan, state.block());
      if (computed.length == plan.length()) {
        assertThat(task.cache()).isInstanceOf(CacheUse.None.class);
      } else if (state.block() != block) {
        assertThat(task.cache()).isEqualTo(new CacheUse.Refresh(7));
        refreshed = state.canvas();
      } else {
        var reuse = (CacheUse.Reuse) task.cache();
        assertThat(reuse.sequence()).isEqualTo(7);
        assertThat(reuse.positions()).isEqualTo(computed);
        assertThat(reuse.positions()).contains(task.rows());
        assertThat(state.refreshed()).isEqualTo(refreshed);
        for (int p = 0; p < plan.length(); p++) {
          if (Arrays.binarySearch(computed, p) < 0) {
            assertThat(task.canvas()[p]).as("kept position %d", p).isEqualTo(refreshed[p]);
          }
        }
      }
      block = state.block();
      state = state.advance(DecodeScenarios.anything(state, random)).state();
    }
  }

  /** The plan where all positions see each other; {@link PrefixCacheTest} has the others. */
  private static DecodePlan bidirectional(DecodePlan plan) {
    return DecodeScenarios.withOptions(
        plan, plan.options().withAttention(AttentionMode.BIDIRECTIONAL));
  }

  /** The rule once more, from the plan alone. */
  private static int[] computed(DecodePlan plan, int block) {
    int[] own = plan.block(block);
    return switch (plan.options().cache()) {
      case NONE -> IntStream.range(0, plan.length()).toArray();
      case PREFIX -> IntStream.range(own[0], plan.length()).toArray();
      case DUAL -> own;
      case DELAYED -> throw new AssertionError("a plan with a delayed cache of both sides");
    };
  }

  @Property(tries = 300)
  void aCacheThatIsLostAtAnyStepIsFilledWithWhatItHeld(
      @ForAll DecodePlan any, @ForAll Random random) {
    var plan = bidirectional(any);
    var kept = new FakeDenoiser(FakeDenoiser.config(50, 128), 1);
    var lossy = new FakeDenoiser(FakeDenoiser.config(50, 128), 1);
    var state = DecodeState.start(plan);
    while (!state.done()) {
      var task = state.next(3);
      if (task.cache() instanceof CacheUse.Reuse && random.nextBoolean()) {
        lossy.release(3);
        var dropped = lossy.denoise(List.of(state.refresh(3))).get(0);
        assertThat(dropped.size()).isPositive();
      }
      var candidates = kept.denoise(List.of(task)).get(0);
      assertThat(lossy.denoise(List.of(task)).get(0).tokens()).isEqualTo(candidates.tokens());
      state = state.advance(candidates).state();
    }
  }

  @Example
  void anEndOfTextReopensOnlyWhatIsComputedAnew() {
    // Two pinned tokens, then blocks of four; the second block commits its last token, then an end.
    var state = twoBlocks(CacheMode.DUAL);
    state = state.advance(of(state, new int[] {2, 3, 4, 5}, 0.95f)).state();
    assertThat(state.next(1).cache()).isEqualTo(new CacheUse.Refresh(1));
    state = state.advance(one(9, 20)).state();
    var step = state.advance(one(7, END));
    assertThat(step.reopened()).containsExactly(9);
    var next = step.state().next(1);
    assertThat(((CacheUse.Reuse) next.cache()).positions()).containsExactly(6, 7, 8, 9);
    assertThat(next.canvas()[9]).isEqualTo(MASK);
    assertThat(next.rows()).containsExactly(6);
  }

  @Example
  void aCanvasThatChangedOutsideTheBlockIsRefreshed() {
    for (var mode : new CacheMode[] {CacheMode.PREFIX, CacheMode.DUAL}) {
      var state = twoBlocks(mode);
      state = state.advance(of(state, new int[] {2, 3, 4, 5}, 0.95f)).state();
      state = state.advance(one(8, 20)).state();
      assertThat(state.next(1).cache()).isInstanceOf(CacheUse.Reuse.class);
      int[] edited = state.canvas();
      edited[3] = 33;
      var elsewhere =
          new DecodeState(
              state.plan(),
              edited,
              state.block(),
              state.blockStep(),
              state.steps(),
              state.forwards(),
              state.standing(),
              state.refreshed());
      assertThat(elsewhere.next(1).cache()).isEqualTo(new CacheUse.Refresh(1));
      assertThatThrownBy(() -> elsewhere.refresh(1)).isInstanceOf(IllegalStateException.class);
      var after = elsewhere.advance(one(7, 21)).state();
      assertThat(after.refreshed()).isEqualTo(edited);
      assertThat(after.next(1).cache()).isInstanceOf(CacheUse.Reuse.class);
    }
  }

  @Example
  void theFirstForwardPassOfABlockRefreshesWhateverStepItIsTakenIn() {
    var options =
        DecodeOptions.DEFAULTS
            .withPolicy(new RevealPolicy.Ancestral())
            .withSteps(60)
            .withBlock(4)
            .withCache(CacheMode.DUAL);
    int late = 0;
    for (int seed = 0; seed < 20; seed++) {
      List<Segment> segments = List.of(new Segment.Fixed(new int[] {1}), new Segment.Masked(12));
      var state =
          DecodeState.start(DecodePlan.of(segments, FakeDenoiser.config(50, 64), options, seed));
      int block = -1;
      try (var denoiser = new FakeDenoiser(FakeDenoiser.config(50, 64), Double.NEGATIVE_INFINITY)) {
        while (!state.done()) {
          var task = state.next(3);
          boolean first = state.block() != block;
          assertThat(task.cache() instanceof CacheUse.Refresh).isEqualTo(first);
          assertThat(state.cached()).isEqualTo(!first);
          late += first && task.step() > state.steps() ? 1 : 0;
          block = state.block();
          // Fails where a cache is stale or missing.
          state = state.advance(denoiser.denoise(List.of(task)).get(0)).state();
        }
        assertThat(state.forwards()).isEqualTo((int) denoiser.forwards());
        assertThat(state.forwards()).isLessThan(state.steps());
      }
    }
    // A step of 60 reveals one of 4 masks with a probability of 1 - (59/60)^4, 7 percent.
    assertThat(late).as("of 60 blocks, those that began with skipped steps").isGreaterThan(40);
  }

  @Example
  void aCacheWithoutBlocksIsRefused() {
    var options = DecodeOptions.DEFAULTS.withCache(CacheMode.DUAL);
    assertThatThrownBy(() -> plan(options))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "cache is dual; allowed: none, without blocks (block is 0), or a block of 1 or more");
    assertThat(plan(options.withBlock(4)).blocks()).isEqualTo(2);
    assertThat(plan(options.withCache(CacheMode.NONE)).blocks()).isEqualTo(1);
  }

  private static DecodeState twoBlocks(CacheMode mode) {
    return DecodeState.start(
        plan(
            DecodeOptions.DEFAULTS
                .withPolicy(new RevealPolicy.Threshold(0.9))
                .withBlock(4)
                .withCache(mode)));
  }

  private static DecodePlan plan(DecodeOptions options) {
    List<Segment> text = List.of(new Segment.Fixed(new int[] {1, 2}), new Segment.Masked(8));
    return DecodePlan.of(text, FakeDenoiser.CONFIG, options, 1);
  }

  private static Candidates of(DecodeState state, int[] positions, float confidence) {
    assertThat(state.next(1).rows()).contains(positions);
    int n = positions.length;
    var candidates = new Candidates(positions, new int[n], new float[n], new float[n]);
    Arrays.fill(candidates.tokens(), 10);
    Arrays.fill(candidates.confidences(), confidence);
    return candidates;
  }

  private static Candidates one(int position, int token) {
    return new Candidates(
        new int[] {position}, new int[] {token}, new float[] {0.95f}, new float[] {0});
  }
}
