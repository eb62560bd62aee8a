package io.redraft.model.decode;

import static io.redraft.model.decode.DecodeScenarios.candidates;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What options go on to mean for a text that its client edits. */
class EditedOptionsTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();
  private static final int END = FakeDenoiser.CONFIG.endToken();
  private static final EditLimits LIMITS = new EditLimits(20, FakeDenoiser.CONFIG.vocabularySize());

  /** 9 is given; the others are masks. */
  private static DecodePlan plan(int masks, DecodeOptions options) {
    return DecodePlan.of(
        List.of(new Segment.Fixed(new int[] {9}), new Segment.Masked(masks)),
        FakeDenoiser.CONFIG,
        options,
        1);
  }

  @Test
  void whereATextMayEndDoesNotDependOnWhatIsPinned() {
    var plan = plan(6, DecodeOptions.DEFAULTS.withMinTokens(3));
    assertThat(plan.endsFrom()).isEqualTo(4);
    var ended = DecodeState.at(plan, new int[] {9, 5, 6, 7, END, MASK, MASK}, 4, 4);
    var pinned = edited(ended, new CanvasEdit.Pin(1, 3));
    assertThat(pinned.canvas()).as("the end stays").isEqualTo(ended.canvas());
    assertThat(pinned.done()).isTrue();
    assertThat(pinned.plan().endsFrom()).isEqualTo(4);
    var reopened = edited(pinned, new CanvasEdit.Reopen(0, 4));
    assertThat(reopened.next().barredBefore()).isEqualTo(4);
  }

  @Test
  void itMovesWithTheTextBeforeIt() {
    var state = DecodeState.start(plan(6, DecodeOptions.DEFAULTS.withMinTokens(3)));
    assertThat(firstEnd(state, new CanvasEdit.Extend(OptionalInt.of(1), 2))).isEqualTo(6);
    assertThat(firstEnd(state, new CanvasEdit.Extend(OptionalInt.of(4), 2))).isEqualTo(4);
    assertThat(firstEnd(state, new CanvasEdit.Replace(0, 2, new int[] {7}))).isEqualTo(3);
    assertThat(firstEnd(state, new CanvasEdit.Replace(2, 4, new int[] {7, 8, 7}))).isEqualTo(5);
    assertThat(firstEnd(state, new CanvasEdit.Replace(2, 4, new int[0]))).isEqualTo(2);
    assertThat(firstEnd(state, new CanvasEdit.Replace(5, 1, new int[0]))).isEqualTo(4);
  }

  @Test
  void whatIsPinnedGuidesAndWhereNothingIsTheTextIsNotGuided() {
    var guided = DecodeOptions.DEFAULTS.withGuidance(new Guidance(2, GuidanceSchedule.CONSTANT));
    var state = DecodeState.at(plan(4, guided), new int[] {9, 5, MASK, MASK, MASK}, 1, 1);
    assertThat(without(state)).containsExactly(MASK, 5, MASK, MASK, MASK);
    var free = edited(state, new CanvasEdit.Reopen(0, 1));
    assertThat(free.next().unconditional()).isEmpty();
    assertThat(without(edited(free, new CanvasEdit.Pin(1, 1)))).containsOnly(MASK);
  }

  @Test
  void proposalsFromBeforeAnEditDoNotStandAndThoseOfThePassInFlightOnce() {
    var state = DecodeState.start(plan(5, DecodeOptions.DEFAULTS.withPatience(3)));
    state = state.advance(candidates(new int[] {1, 2, 3, 4, 5}, 1, 2, 3, 4, 5)).state();
    state = state.advance(candidates(new int[] {1, 2, 3, 4}, 1, 2, 3, 4)).state();
    assertThat(state.standing().steps()).containsExactly(0, 2, 2, 2, 0, 0);
    var edited = state.edit(new CanvasEdit.Extend(OptionalInt.of(2), 2), LIMITS);
    assertThat(edited.state().standing().steps()).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    var moved = edited.moved(candidates(new int[] {1, 2, 3}, 1, 2, 3));
    var step = edited.state().advanceAfterEdits(moved);
    assertThat(step.committed().positions()).as("only the most confident").containsExactly(5);
    assertThat(step.state().standing().steps()).containsExactly(0, 1, 0, 0, 1, 0, 0, 0);
  }

  @Test
  void ancestralGoesOnWhereTheGridLeavesSoManyMasksOnAverage() {
    var options = DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Ancestral()).withSteps(100);
    int[] canvas = {9, 1, 2, 3, 4, 5, 6, 7, MASK, MASK, MASK};
    var state = DecodeState.at(plan(10, options), canvas, 80, 7);
    var edited = edited(state, new CanvasEdit.Reopen(3, 1));
    // Uniform: 4 of 10 masks are left after 60 of 100 steps.
    assertThat(edited.blockStep()).isEqualTo(60);
    assertThat(edited.steps()).isEqualTo(80);
    assertThat(edited.forwards()).isEqualTo(7);
  }

  @Test
  void anAncestralTextThatIsEditedDuringItsPassesKeepsEveryPinAndTakesFewForwards() {
    var options = DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Ancestral()).withSteps(400);
    for (int seed = 0; seed < 50; seed++) {
      var random = new Random(seed);
      var first = run(options, new Random(seed));
      assertThat(run(options, random)).as("equal edits at equal steps").isEqualTo(first);
      for (int pin : first.plan().pinnedPositions()) {
        assertThat(first.canvas()[pin]).isEqualTo(first.plan().canvas()[pin]);
      }
      assertThat(first.forwards()).isLessThanOrEqualTo(12 + 3 * 12);
      assertThat(first.steps()).isGreaterThan(first.forwards());
    }
  }

  /** Every third pass meets an edit that pins what is decided, or puts a token in. */
  private static DecodeState run(DecodeOptions options, Random random) {
    var state = DecodeState.start(plan(12, options));
    try (var denoiser = new FakeDenoiser(FakeDenoiser.CONFIG, Double.NEGATIVE_INFINITY)) {
      for (int pass = 0; !state.done(); pass++) {
        var proposed = denoiser.denoise(List.of(state.next())).get(0);
        if (pass % 3 != 2 || pass > 10) {
          state = state.advance(proposed).state();
          continue;
        }
        int at = random.nextInt(state.plan().length());
        var edit =
            state.canvas()[at] == MASK
                ? new CanvasEdit.Replace(at, 1, new int[] {random.nextInt(40)})
                : new CanvasEdit.Pin(at, 1);
        var edited = state.edit(edit, LIMITS);
        state = edited.state();
        if (!state.done()) {
          state = state.advanceAfterEdits(edited.moved(proposed)).state();
        }
      }
    }
    return state;
  }

  private static DecodeState edited(DecodeState state, CanvasEdit edit) {
    return state.edit(edit, LIMITS).state();
  }

  private static int firstEnd(DecodeState state, CanvasEdit edit) {
    return edited(state, edit).plan().firstEnd();
  }

  private static int[] without(DecodeState state) {
    return state.next().unconditional().orElseThrow().canvas();
  }
}
