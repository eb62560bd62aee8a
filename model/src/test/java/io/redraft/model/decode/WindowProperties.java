package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.AttentionMode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** What a window leaves of a step: it looks at the block's first masks only. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class WindowProperties {
  @Example
  void aStepAsksForTheFirstMasksOfTheBlockAndTheWindowMovesAsTheyAreCommitted() {
    var state = DecodeState.start(plan(10, DecodeOptions.DEFAULTS.withWindow(3)));
    assertThat(state.next().rows()).containsExactly(0, 1, 2);
    state = state.advance(candidates(0, 1, 2)).state(); // the last is the most confident
    assertThat(state.next().rows()).containsExactly(0, 1, 3);
    state = state.advance(candidates(0, 1, 3)).state();
    assertThat(state.next().rows()).containsExactly(0, 1, 4);
  }

  @Example
  void aWindowIsAsWideAsWhatTheGridAsksOfTheStep() {
    var options = DecodeOptions.DEFAULTS.withWindow(3).withSteps(2);
    var state = DecodeState.start(plan(10, options));
    assertThat(state.next().rows()).containsExactly(0, 1, 2, 3, 4);
    state = state.advance(candidates(0, 1, 2, 3, 4)).state();
    assertThat(state.next().rows()).as("the last step").containsExactly(5, 6, 7, 8, 9);
  }

  @Example
  void theBlocksLastStepLooksAtAllThatAbstentionsHaveLeft() {
    var options = DecodeOptions.DEFAULTS.withWindow(2).withPolicy(new RevealPolicy.Threshold(0.9));
    var state = DecodeState.start(plan(4, options));
    for (int step = 0; step < 3; step++) {
      state = state.advance(Candidates.none()).state();
    }
    assertThat(state.next().rows()).containsExactly(0, 1, 2, 3);
  }

  @Example
  void committedTokensAreScoredAnewWhereverTheyStand() {
    var options = DecodeOptions.DEFAULTS.withWindow(2).withRemask(0.1);
    var state = DecodeState.start(plan(6, options)).advance(candidates(0, 1)).state();
    assertThat(state.next().rows()).as("1 is committed").containsExactly(0, 1, 2);
  }

  @Example
  void aStopByConfidenceWaitsUntilTheWindowHoldsAllMasks() {
    var options = DecodeOptions.DEFAULTS.withWindow(2).withConfidenceStop(0.1);
    var state = DecodeState.start(plan(3, options));
    var step = state.advance(candidates(0, 1));
    assertThat(step.committed().positions()).containsExactly(1);
    assertThat(step.state().advance(candidates(0, 2)).state().done()).isTrue();
  }

  @Property(tries = 500)
  void committedTokensAreAmongTheFirstMasksBeforeTheEndOfText(
      @ForAll DecodePlan any,
      @ForAll @IntRange(min = 1, max = 6) int window,
      @ForAll Random random) {
    var plan = with(any, window);
    for (var state = DecodeState.start(plan); !state.done(); ) {
      int[] canvas = state.canvas();
      int[] masks =
          Arrays.stream(plan.block(state.block()))
              .filter(p -> p < plan.endOf(canvas) && canvas[p] == plan.maskToken())
              .toArray();
      int[] asked =
          Arrays.stream(state.next().rows()).filter(p -> canvas[p] == plan.maskToken()).toArray();
      assertThat(asked).isEqualTo(Arrays.copyOf(masks, asked.length)).isNotEmpty();
      int done = state.blockStep();
      int of = plan.block(state.block()).length;
      int most = masks.length;
      if (done < DecodeScenarios.budget(state) - 1) {
        double after = plan.left(of, done + 1);
        int quota = (int) Math.max(plan.left(of, done) - after, masks.length - after);
        most = Math.max(window, quota);
      }
      assertThat(asked.length).isEqualTo(Math.min(most, masks.length));
      var step = state.advance(DecodeScenarios.anything(state, random));
      assertThat(IntStream.of(asked).boxed().toList())
          .containsAll(IntStream.of(step.committed().positions()).boxed().toList());
      state = step.state();
    }
  }

  @Property(tries = 300)
  void aWindowOfABlockOrMoreChangesNothing(@ForAll DecodePlan any) {
    int widest = IntStream.range(0, any.blocks()).map(b -> any.block(b).length).max().orElseThrow();
    var without = run(with(any, 0));
    var wide = run(with(any, widest));
    assertThat(wide.canvas()).isEqualTo(without.canvas());
    assertThat(wide.forwards()).isEqualTo(without.forwards());
  }

  /** The order is its own where the model has no say in it. */
  @Example
  void aPolicyThatGoesFromLeftToRightIsTheSameInAnyWindow() {
    var linear = DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Linear()).withSteps(5);
    var without = run(plan(20, linear));
    for (int window : List.of(1, 3, 7)) {
      assertThat(run(plan(20, linear.withWindow(window))).canvas()).isEqualTo(without.canvas());
    }
  }

  @Example
  void withADelayedCacheMasksBehindTheWindowAreNotComputed() {
    var options =
        DecodeOptions.DEFAULTS
            .withAttention(AttentionMode.BLOCK_CAUSAL)
            .withBlock(8)
            .withCache(CacheMode.DELAYED)
            .withWindow(2);
    var state = DecodeState.start(plan(16, options));
    assertThat(state.next(1).cache()).isEqualTo(new CacheUse.Append(1, 0, 8));
    assertThat(state.next(1).rows()).containsExactly(0, 1);
    state = state.advance(candidates(0, 1)).state();
    var amend = (CacheUse.Amend) state.next(1).cache();
    assertThat(amend.positions()).containsExactly(0, 1, 2); // 1 was committed
    assertThat(state.next(1).rows()).containsExactly(0, 2);
    state = state.advance(candidates(0, 2)).state();
    amend = (CacheUse.Amend) state.next(1).cache();
    assertThat(amend.positions()).as("1 stands between masks").containsExactly(0, 1, 2, 3);
  }

  private static DecodeState run(DecodePlan plan) {
    try (var denoiser = new FakeDenoiser(DecodeScenarios.NETWORK, 0)) {
      return denoiser.write(plan);
    }
  }

  /** Any plan whose policy can have a window. */
  private static DecodePlan with(DecodePlan plan, int window) {
    var policy =
        plan.options().policy().samplesDiffusion()
            ? new RevealPolicy.Confidence()
            : plan.options().policy();
    return DecodeScenarios.withOptions(plan, plan.options().withPolicy(policy).withWindow(window));
  }

  private static DecodePlan plan(int masks, DecodeOptions options) {
    return DecodePlan.of(List.of(new Segment.Masked(masks)), DecodeScenarios.NETWORK, options, 1);
  }

  /** One token at all of them; confidence grows with the position. */
  private static Candidates candidates(int... positions) {
    return DecodeScenarios.candidates(positions, IntStream.of(positions).map(p -> 5).toArray());
  }
}
