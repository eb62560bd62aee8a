package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** What always holds, whatever the plan, the options and the denoiser. */
@Domain(DecodeScenarios.class)
@Domain(DomainContext.Global.class)
class DecodeStateProperties {

  @Property(tries = 400)
  void endsWithinTheStepBudgetWhateverIsProposed(@ForAll DecodePlan plan, @ForAll Random random) {
    int budget = 0;
    for (int block = 0; block < plan.blocks(); block++) {
      budget += plan.options().budget(plan.block(block).length) + 1;
    }
    var run = anyRun(plan, random);
    var last = last(run);
    assertThat(last.steps()).isBetween(1, budget);
    assertThat(last.forwards()).isEqualTo(run.size()).isLessThanOrEqualTo(last.steps());
    if (!(plan.options().policy() instanceof RevealPolicy.Ancestral)) {
      assertThat(last.forwards()).isEqualTo(last.steps());
    }
    assertThat(last.finishReason()).isPresent();
  }

  @Property(tries = 400)
  void neverNeedsTheFallbackPassOfADenoiserThatAlwaysProposes(@ForAll DecodePlan plan) {
    for (var state = DecodeState.start(plan); !state.done(); ) {
      assertThat(state.blockStep()).isLessThan(DecodeScenarios.budget(state));
      state = fakeStep(state).state();
    }
  }

  @Property(tries = 400)
  void pinnedTokensNeverChange(@ForAll DecodePlan plan, @ForAll Random random) {
    int[] before = plan.canvas();
    for (var step : anyRun(plan, random)) {
      int[] after = step.state().canvas();
      for (int p : plan.pinnedPositions()) {
        assertThat(after[p]).isEqualTo(before[p]);
      }
      assertThat(after).hasSameSizeAs(before);
    }
  }

  @Property(tries = 400)
  void foldingCommitsAndReopeningsGivesTheCanvasAfterEveryStepAndTheTextAtLast(
      @ForAll DecodePlan plan, @ForAll Random random) {
    int[] folded = plan.canvas();
    var steps = anyRun(plan, random);
    for (var step : steps) {
      for (int i = 0; i < step.committed().size(); i++) {
        int p = step.committed().positions()[i];
        assertThat(folded[p]).as("committed while masked").isEqualTo(plan.maskToken());
        folded[p] = step.committed().tokens()[i];
      }
      for (int p : step.reopened()) {
        assertThat(folded[p]).as("re-opened while committed").isNotEqualTo(plan.maskToken());
        folded[p] = plan.maskToken();
      }
      assertThat(step.state().canvas()).isEqualTo(folded);
    }
    int[] text =
        Arrays.stream(folded).filter(t -> t != plan.maskToken() && t != plan.endToken()).toArray();
    var last = last(steps);
    if (plan.endsFrom() == plan.pinned()) {
      assertThat(last.tokens()).isEqualTo(text);
    }
    assertThat(last.tokens()).doesNotContain(plan.maskToken());
    assertThat(last.promptTokens() + last.generatedTokens()).isEqualTo(last.tokens().length);
  }

  @Property(tries = 400)
  void nothingIsReopenedBeforeTheEndUnlessTheOptionsSaySo(
      @ForAll DecodePlan plan, @ForAll Random random) {
    for (var step : anyRun(plan, random)) {
      int end = plan.endOf(step.state().canvas());
      long before = Arrays.stream(step.reopened()).filter(p -> p < end).count();
      if (plan.options().remask().isEmpty()) {
        assertThat(before).isZero();
      }
      assertThat(before).isLessThanOrEqualTo(Math.max(0, step.committed().size() - 1));
    }
  }

  @Property(tries = 400)
  void everyStepCommitsAtLeastOneIfAnythingIsProposed(@ForAll DecodePlan plan) {
    for (var state = DecodeState.start(plan); !state.done(); ) {
      var step = fakeStep(state);
      assertThat(step.committed().size()).isPositive();
      state = step.state();
    }
  }

  @Property(tries = 400)
  void draftAndCommitsShareTheStepsCandidatesAmongThem(
      @ForAll DecodePlan plan, @ForAll Random random) {
    for (var step : anyRun(plan, random)) {
      int[] canvas = step.state().canvas();
      for (int p : step.draft().positions()) {
        assertThat(canvas[p]).isEqualTo(plan.maskToken());
        assertThat(p).isLessThan(plan.endOf(canvas));
      }
      assertThat(step.draft().positions()).isSorted();
      assertThat(step.committed().positions()).isSorted();
      assertThat(step.reopened()).isSorted();
    }
  }

  @Property(tries = 400)
  void blocksAreFinishedFromLeftToRight(@ForAll DecodePlan plan, @ForAll Random random) {
    int furthest = 0;
    var state = DecodeState.start(plan);
    for (var step : anyRun(plan, random)) {
      int block = state.block();
      assertThat(block).isGreaterThanOrEqualTo(furthest);
      furthest = block;
      for (int p : step.committed().positions()) {
        assertThat(plan.block(block)).contains(p);
      }
      for (int earlier = 0; earlier < block; earlier++) {
        for (int p : plan.block(earlier)) {
          assertThat(state.canvas()[p]).isNotEqualTo(plan.maskToken());
        }
      }
      state = step.state();
    }
  }

  @Property(tries = 400)
  void onlyTheActiveBlocksOpenPositionsAreComputed(@ForAll DecodePlan any, @ForAll Random random) {
    var plan = DecodeScenarios.withOptions(any, any.options().withWindow(0));
    for (var state = DecodeState.start(plan); !state.done(); ) {
      int[] canvas = state.canvas();
      int end = plan.endOf(canvas);
      boolean rescores =
          plan.options().remask().isPresent()
              && state.blockStep() < DecodeScenarios.budget(state) - 1;
      int[] expected =
          Arrays.stream(plan.block(state.block()))
              .filter(p -> p < end && (rescores || canvas[p] == plan.maskToken()))
              .toArray();
      assertThat(state.next().rows()).isEqualTo(expected).isNotEmpty();
      state = state.advance(DecodeScenarios.anything(state, random)).state();
    }
  }

  @Property(tries = 400)
  void withPinnedTextToTheRightNoEndOfTextCutsItOff(
      @ForAll DecodePlan plan, @ForAll Random random) {
    var last = last(anyRun(plan, random));
    int lastPinned = Arrays.stream(plan.pinnedPositions()).max().orElse(-1);
    assertThat(last.tokens().length).isGreaterThan(lastPinned);
    for (int p : plan.pinnedPositions()) {
      assertThat(last.tokens()[p]).isEqualTo(plan.canvas()[p]);
    }
  }

  @Property(tries = 400)
  void aDenoiserThatHeedsTheBarWritesNoEndBeforePinnedText(@ForAll DecodePlan plan) {
    var state = DecodeState.start(plan);
    while (!state.done()) {
      state = fakeStep(state).state();
    }
    assertThat(state.tokens()).doesNotContain(plan.endToken());
  }

  @Property(tries = 400)
  void equalSeedsGiveEqualText(@ForAll DecodePlan plan) {
    assertThat(fakeRun(DecodeState.start(plan))).isEqualTo(fakeRun(DecodeState.start(plan)));
  }

  @Property(tries = 400)
  void aStateTakenApartAndPutTogetherAtAnyStepGoesOnIdentically(
      @ForAll DecodePlan plan, @ForAll Random random) {
    var whole = fakeRun(DecodeState.start(plan));
    var state = DecodeState.start(plan);
    int moves = random.nextInt(whole.forwards());
    for (int i = 0; i < moves; i++) {
      state = fakeStep(state).state();
    }
    var moved = RecordParts.of(state).build(DecodeState.class);
    assertThat(moved).isEqualTo(state).hasSameHashCodeAs(state).isNotSameAs(state);
    assertThat(fakeRun(moved)).isEqualTo(whole);
  }

  @Property(tries = 400)
  void aStateDoesNotChangeWhateverIsDoneToItsArrays(@ForAll DecodePlan plan) {
    var state = fakeStep(DecodeState.start(plan)).state();
    var copy = RecordParts.of(state).build(DecodeState.class);
    Arrays.fill(state.canvas(), 0);
    Arrays.fill(state.tokens(), 0);
    Arrays.fill(state.plan().canvas(), 0);
    if (!state.done()) {
      Arrays.fill(state.next().canvas(), 0);
    }
    assertThat(state).isEqualTo(copy);
  }

  private static List<Step<DecodeState>> anyRun(DecodePlan plan, Random random) {
    var steps = new ArrayList<Step<DecodeState>>();
    for (var state = DecodeState.start(plan); !state.done(); state = last(steps)) {
      assertThat(steps).as("terminates").hasSizeLessThan(1000);
      steps.add(state.advance(DecodeScenarios.anything(state, random)));
    }
    return steps;
  }

  private static Step<DecodeState> fakeStep(DecodeState state) {
    var denoiser = new FakeDenoiser(FakeDenoiser.config(50, 128), 1);
    if (state.cached()) {
      denoiser.denoise(List.of(state.refresh(0))); // one that lost its caches at every step
    }
    return state.advance(denoiser.denoise(List.of(state.next())).get(0));
  }

  private static DecodeState fakeRun(DecodeState state) {
    while (!state.done()) {
      assertThat(state.steps()).as("terminates").isLessThan(1000);
      state = fakeStep(state).state();
    }
    return state;
  }

  private static DecodeState last(List<Step<DecodeState>> steps) {
    return steps.get(steps.size() - 1).state();
  }
}
