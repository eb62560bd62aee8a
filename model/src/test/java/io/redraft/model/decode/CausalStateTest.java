package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CausalStateTest {
  private static final int END = FakeCausalModel.CONFIG.endToken();

  @Test
  void feedsThePromptFirstAndThenOneTokenAStep() {
    var state = CausalState.start(plan(2, 1));
    var first = state.next(7);
    assertThat(first.sequence()).isEqualTo(7);
    assertThat(first.tokens()).containsExactly(0, 5, 6);

    var step = state.advance(drawn(3, 9));
    assertThat(step.committed().positions()).containsExactly(3);
    assertThat(step.committed().tokens()).containsExactly(9);
    assertThat(step.state().next(7).tokens()).containsExactly(9);

    var last = step.state().advance(drawn(4, 8)).state();
    assertThat(last.finishReason()).contains(FinishReason.LENGTH);
    assertThat(last.tokens()).containsExactly(0, 5, 6, 9, 8);
    assertThat(last.promptTokens()).isEqualTo(3);
    assertThat(last.generatedTokens()).isEqualTo(2);
    assertThat(last.steps()).isEqualTo(2);
    assertThatThrownBy(() -> last.next(7)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void stopsAtTheEndOfText() {
    var state = CausalState.start(plan(10, 1));
    state = state.advance(drawn(3, 9)).state();
    state = state.advance(drawn(4, END)).state();
    assertThat(state.done()).isTrue();
    assertThat(state.finishReason()).contains(FinishReason.END_OF_TEXT);
    assertThat(state.tokens()).containsExactly(0, 5, 6, 9);
    assertThat(state.steps()).isEqualTo(2);
    assertThat(state.forwards()).isEqualTo(2);
  }

  @Property(tries = 200)
  void goesOnIdenticallyElsewhereWithAFreshCache(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 19) int moveAfter) {
    var whole = CausalState.start(plan(20, seed));
    try (var here = new FakeCausalModel();
        var there = new FakeCausalModel()) {
      while (!whole.done()) {
        whole = whole.advance(here.extend(List.of(whole.next(1))).get(0)).state();
      }
      var state = CausalState.start(plan(20, seed));
      while (!state.done() && state.steps() < moveAfter) {
        state = state.advance(here.extend(List.of(state.next(2))).get(0)).state();
      }
      var moved = RecordParts.of(state).build(CausalState.class);
      assertThat(moved).isEqualTo(state);
      if (!moved.done()) {
        moved = moved.advance(there.extend(List.of(moved.resume(3))).get(0)).state();
      }
      while (!moved.done()) {
        moved = moved.advance(there.extend(List.of(moved.next(3))).get(0)).state();
      }
      assertThat(moved).isEqualTo(whole);
      assertThat(moved.tokens().length).isEqualTo(3 + moved.generatedTokens());
    }
  }

  @Test
  void refusesTextAfterAMask() {
    var infill =
        DecodePlan.of(
            List.of(new Segment.Masked(2), new Segment.Fixed(new int[] {5})),
            FakeCausalModel.CONFIG,
            DecodeOptions.DEFAULTS,
            1);
    assertThatThrownBy(() -> CausalState.start(infill))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("text follows a mask; allowed for a causal model: masks at the end only");
  }

  @Test
  void refusesAnEmptyPromptWhereTheModelHasNoBeginToken() {
    var c = FakeCausalModel.CONFIG;
    var beginless =
        new NetworkConfig(
            50, 8, 1, 1, 1, 8, 8, 64, 1e-5, 10000, true, AttentionMode.CAUSAL, -1, -1, 1);
    var options = DecodeOptions.DEFAULTS;
    List<Segment> nothing = List.of(new Segment.Masked(3));
    assertThatThrownBy(() -> CausalState.start(DecodePlan.of(nothing, beginless, options, 1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("prompt is empty");
    assertThat(CausalState.start(DecodePlan.of(nothing, c, options, 1)).next(1).tokens())
        .containsExactly(0);
  }

  private static Candidates drawn(int position, int token) {
    return new Candidates(
        new int[] {position}, new int[] {token}, new float[] {0.5f}, new float[] {1});
  }

  private static DecodePlan plan(int masks, long seed) {
    return DecodePlan.of(
        List.of(new Segment.Fixed(new int[] {5, 6}), new Segment.Masked(masks)),
        FakeCausalModel.CONFIG,
        DecodeOptions.DEFAULTS.withSampling(new Sampling(1, 0, 1)),
        seed);
  }
}
