package io.redraft.model.decode;

import static io.redraft.model.decode.DecodeScenarios.candidates;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DecodeStateTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();
  private static final int END = FakeDenoiser.CONFIG.endToken();

  @Test
  void commitsTheMostConfidentFirstAndAllAtTheLastStep() {
    var state = DecodeState.start(plan(4, DecodeOptions.DEFAULTS.withSteps(2)));

    var first = state.advance(candidates(new int[] {1, 2, 3, 4}, 5, 6, 7, 8));
    assertThat(first.committed().positions()).containsExactly(3, 4);
    assertThat(first.draft().positions()).containsExactly(1, 2);
    assertThat(first.state().canvas()).containsExactly(9, MASK, MASK, 7, 8);

    var second = first.state().advance(candidates(new int[] {1, 2}, 10, 11));
    assertThat(second.committed().positions()).containsExactly(1, 2);
    assertThat(second.state().done()).isTrue();
    assertThat(second.state().finishReason()).contains(FinishReason.LENGTH);
    assertThat(second.state().tokens()).containsExactly(9, 10, 11, 7, 8);
    assertThatThrownBy(() -> second.state().next()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void endsTheTextAtAnEndTokenAndReopensWhatWasCommittedAfterIt() {
    var state = DecodeState.start(plan(4, DecodeOptions.DEFAULTS.withSteps(4)));
    state = state.advance(candidates(new int[] {1, 2, 3, 4}, 5, 6, 7, 8)).state();
    assertThat(state.canvas()[4]).isEqualTo(8);

    var ending = state.advance(candidates(new int[] {1, 2, 3}, 5, 6, END));
    assertThat(ending.committed().positions()).containsExactly(3);
    assertThat(ending.reopened()).containsExactly(4);
    assertThat(ending.state().next().rows()).containsExactly(1, 2);

    var state2 = ending.state().advance(candidates(new int[] {1, 2}, 5, 6)).state();
    var last = state2.advance(candidates(new int[] {1}, 5)).state();
    assertThat(last.finishReason()).contains(FinishReason.END_OF_TEXT);
    assertThat(last.tokens()).containsExactly(9, 5, 6);
    assertThat(last.generatedTokens()).isEqualTo(2);
  }

  @Test
  void doesNotCommitBeyondAnEndOfTextOfTheSameStep() {
    var state = DecodeState.start(plan(4, DecodeOptions.DEFAULTS.withSteps(1)));
    var step = state.advance(candidates(new int[] {1, 2, 3, 4}, 5, 6, END, 8));
    assertThat(step.committed().positions()).containsExactly(1, 2, 3);
    assertThat(step.reopened()).isEmpty();
    assertThat(step.state().tokens()).containsExactly(9, 5, 6);
  }

  @Test
  void skipsTheBlocksBeyondAnEndOfText() {
    var state = DecodeState.start(plan(6, DecodeOptions.DEFAULTS.withBlock(2).withSteps(1)));
    state = state.advance(candidates(new int[] {1, 2}, 5, END)).state();
    assertThat(state.done()).isTrue();
    assertThat(state.forwards()).isEqualTo(1);
    assertThat(state.tokens()).containsExactly(9, 5);
  }

  @Test
  void anEndOfTextAtTheFirstPositionLeavesThePromptAlone() {
    var state = DecodeState.start(plan(3, DecodeOptions.DEFAULTS.withSteps(1)));
    state = state.advance(candidates(new int[] {1, 2, 3}, END, 6, 7)).state();
    assertThat(state.tokens()).containsExactly(9);
    assertThat(state.generatedTokens()).isZero();
  }

  @Test
  void fillsInAFallbackPassWhatAbstentionsLeft() {
    var sampled = DecodeOptions.DEFAULTS.withSteps(1).withSampling(new Sampling(1, 0, 1));
    var state = DecodeState.start(plan(3, sampled));
    assertThat(state.next().sampling()).isEqualTo(sampled.sampling());

    state = state.advance(candidates(new int[] {1, 2}, 5, MASK)).state();
    assertThat(state.canvas()).containsExactly(9, 5, MASK, MASK);
    assertThat(state.next().sampling()).isEqualTo(Sampling.GREEDY);
    assertThat(state.next().rows()).containsExactly(2, 3);

    var open = state;
    assertThatThrownBy(() -> open.advance(candidates(new int[] {2}, 6)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a token at 1 of 2 masked positions");
    assertThat(state.advance(candidates(new int[] {2, 3}, 6, 7)).state().tokens())
        .containsExactly(9, 5, 6, 7);
  }

  @Test
  void catchesUpWithTheGridAfterAbstentions() {
    var state = DecodeState.start(plan(6, DecodeOptions.DEFAULTS.withSteps(3)));
    state = state.advance(candidates(new int[] {1, 2}, MASK, 6)).state();
    // Two of six were due in the first step, two more in the second; one came.
    var second = state.advance(with(new int[] {1, 3, 4, 5, 6}, .5f, .6f, .7f, .8f, .1f));
    assertThat(second.committed().positions()).containsExactly(3, 4, 5);
  }

  @Test
  void doesNotStopEarlyWhileAPositionHasNoCandidate() {
    var options = DecodeOptions.DEFAULTS.withSteps(4).withConfidenceStop(0.5);
    var state = DecodeState.start(plan(4, options));
    var step = state.advance(with(new int[] {1, 2, 3}, .9f, .9f, .9f));
    assertThat(step.committed().size()).isEqualTo(1);
  }

  @Test
  void anEndTokenBeforePinnedTextIsATokenLikeAnyOther() {
    var infill =
        DecodePlan.of(
            List.of(new Segment.Masked(3), new Segment.Fixed(new int[] {9})),
            FakeDenoiser.CONFIG,
            DecodeOptions.DEFAULTS.withSteps(1),
            1);
    var start = DecodeState.start(infill);
    assertThat(start.next().barredAt(2)).isEqualTo(END);
    var step = start.advance(candidates(new int[] {0, 1, 2}, 5, END, 6));
    assertThat(step.committed().positions()).containsExactly(0, 1, 2);
    assertThat(step.state().finishReason()).contains(FinishReason.LENGTH);
    assertThat(step.state().tokens()).containsExactly(5, END, 6, 9);
  }

  @Test
  void refusesCandidatesThatItDidNotAskFor() {
    var state = DecodeState.start(plan(3, DecodeOptions.DEFAULTS));
    for (int[] positions : new int[][] {{0}, {4}, {2, 1}, {1, 1}}) {
      assertThatThrownBy(() -> state.advance(candidates(positions, new int[positions.length])))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void revealsABlockAtOnceWhenAllOfItIsCertainEnough() {
    var options = DecodeOptions.DEFAULTS.withSteps(4).withConfidenceStop(0.9);
    var state = DecodeState.start(plan(4, options));
    var unsure = state.advance(with(new int[] {1, 2, 3, 4}, 0.95f, 0.95f, 0.89f, 0.95f));
    assertThat(unsure.committed().size()).isEqualTo(1);
    var sure = unsure.state().advance(with(new int[] {2, 3, 4}, 0.95f, 0.9f, 0.95f));
    assertThat(sure.committed().size()).isEqualTo(3);
    assertThat(sure.state().done()).isTrue();
  }

  @Test
  void reopensTheLeastProbableButFewerThanItCommits() {
    var options = DecodeOptions.DEFAULTS.withSteps(3).withRemask(0.4);
    var state = DecodeState.start(plan(6, options));
    state = state.advance(with(new int[] {1, 2, 3, 4, 5, 6}, .9f, .8f, .1f, .1f, .1f, .1f)).state();
    assertThat(state.next().rows()).as("all are scored again").containsExactly(1, 2, 3, 4, 5, 6);

    var step = state.advance(with(new int[] {1, 2, 3, 4, 5, 6}, .3f, .2f, .7f, .6f, .1f, .1f));
    assertThat(step.committed().positions()).containsExactly(3, 4);
    assertThat(step.reopened()).containsExactly(2);

    var last = step.state();
    assertThat(last.next().rows()).as("the last step only writes").containsExactly(2, 5, 6);
    assertThat(last.advance(with(new int[] {2, 5, 6}, .1f, .1f, .1f)).state().done()).isTrue();
  }

  @Test
  void reopensATokenOnceThatIsBothImprobableAndBeyondTheEnd() {
    var options = DecodeOptions.DEFAULTS.withSteps(3).withRemask(0.4);
    var state = DecodeState.start(plan(6, options));
    state = state.advance(with(new int[] {1, 2, 3, 4, 5, 6}, .1f, .1f, .1f, .1f, .8f, .9f)).state();

    int[] positions = {1, 2, 3, 4, 5, 6};
    var ending =
        new Candidates(
            positions,
            new int[] {1, 2, END, 4, 5, 6},
            new float[] {.1f, .8f, .9f, .1f, .2f, .3f},
            new float[6]);
    var step = state.advance(ending);
    assertThat(step.committed().positions()).containsExactly(2, 3);
    assertThat(step.reopened()).containsExactly(5, 6);
  }

  @Test
  void doesNotShareItsCanvasWithWhoeverMadeIt() {
    var plan = plan(3, DecodeOptions.DEFAULTS);
    int[] canvas = plan.canvas();
    var state = new DecodeState(plan, canvas, 0, 0, 0, 0, Standing.NONE, new int[0]);
    canvas[1] = 5;
    assertThat(state).isEqualTo(DecodeState.start(plan));
  }

  @Test
  void keepsUncertainTokensUnlessRemaskingWasAskedFor() {
    var state = DecodeState.start(plan(4, DecodeOptions.DEFAULTS.withSteps(2)));
    state = state.advance(candidates(new int[] {1, 2, 3, 4}, 5, 6, 7, 8)).state();
    assertThat(state.next().rows()).containsExactly(1, 2);
  }

  /** Candidates with these confidences; the token at position p is p. */
  private static Candidates with(int[] positions, float... confidences) {
    return new Candidates(positions, positions.clone(), confidences, new float[positions.length]);
  }

  private static DecodePlan plan(int masks, DecodeOptions options) {
    return DecodePlan.of(
        List.of(new Segment.Fixed(new int[] {9}), new Segment.Masked(masks)),
        FakeDenoiser.CONFIG,
        options,
        1);
  }
}
