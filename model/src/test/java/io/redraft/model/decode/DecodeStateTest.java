package io.redraft.model.decode;

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

  private static DecodePlan plan(int masks, DecodeOptions options) {
    return DecodePlan.of(
        List.of(new Segment.Fixed(new int[] {9}), new Segment.Masked(masks)),
        FakeDenoiser.CONFIG,
        options,
        1);
  }

  /** Candidates whose confidence grows with the position. */
  private static Candidates candidates(int[] positions, int... tokens) {
    float[] confidences = new float[positions.length];
    for (int i = 0; i < positions.length; i++) {
      confidences[i] = 0.1f + 0.01f * positions[i];
    }
    return new Candidates(positions, tokens, confidences, new float[positions.length]);
  }
}
