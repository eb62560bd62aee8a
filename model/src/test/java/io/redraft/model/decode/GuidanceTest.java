package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuidanceTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();

  @Test
  void theOtherCanvasHidesTheFixedTextOnBothSidesAndNothingThatWasWritten() {
    var options = DecodeOptions.DEFAULTS.withGuidance(new Guidance(2, GuidanceSchedule.CONSTANT));
    var state = DecodeState.start(plan(options));
    var task = state.next();
    assertThat(task.canvas()).containsExactly(7, MASK, MASK, MASK, MASK, 8, 9);
    assertThat(task.unconditional().orElseThrow().canvas()).containsOnly(MASK);
    assertThat(task.unconditional().orElseThrow().weight()).isEqualTo(2);
    assertThat(task.canvases()).isEqualTo(2);

    var next = state.advance(candidates(1, 2, 3, 4)).state().next();
    assertThat(next.canvas()).containsExactly(7, MASK, MASK, MASK, 4, 8, 9);
    assertThat(next.unconditional().orElseThrow().canvas())
        .containsExactly(MASK, MASK, MASK, MASK, 4, MASK, MASK);
  }

  @Test
  void theWeightFollowsTheShareOfMasksThatIsLeft() {
    assertThat(weights(GuidanceSchedule.CONSTANT)).containsExactly(2, 2, 2, 2);
    assertThat(weights(GuidanceSchedule.LINEAR_UP)).containsExactly(0, 0.5, 1, 1.5);
    assertThat(weights(GuidanceSchedule.LINEAR_DOWN)).containsExactly(2, 1.5, 1, 0.5);
  }

  @Test
  void withoutWeightNothingMoreIsComputed() {
    assertThat(DecodeState.start(plan(DecodeOptions.DEFAULTS)).next().canvases()).isEqualTo(1);
    var up = DecodeOptions.DEFAULTS.withGuidance(new Guidance(2, GuidanceSchedule.LINEAR_UP));
    assertThat(DecodeState.start(plan(up)).next().canvases()).as("weight 0").isEqualTo(1);
  }

  @Test
  void aGuidedDistributionIsTheRatioOfBothRaisedToTheWeight() {
    // By hand: p ∝ c · (c/u)^w with c = (0.5, 0.3, 0.2), u = (0.25, 0.25, 0.5), w = 1:
    // 0.5·2, 0.3·1.2, 0.2·0.4 = 1, 0.36, 0.08 of 1.44.
    double[] with = {Math.log(0.5), Math.log(0.3), Math.log(0.2)};
    double[] without = {Math.log(0.25), Math.log(0.25), Math.log(0.5)};
    double[] guided = ReferenceSampler.guide(with, without, 1);
    double[] expected = {1 / 1.44, 0.36 / 1.44, 0.08 / 1.44};
    for (int token = 0; token < 3; token++) {
      assertThat(ReferenceSampler.score(guided, token).confidence())
          .isCloseTo(expected[token], within(1e-12));
    }
  }

  @Test
  void isRefusedWhereItCannotMeanAnything() {
    var options = DecodeOptions.DEFAULTS.withGuidance(new Guidance(2, GuidanceSchedule.CONSTANT));
    refused(() -> new Guidance(-0.1, GuidanceSchedule.CONSTANT), "guidance is -0.1; allowed: 0");
    refused(() -> new Guidance(10.5, GuidanceSchedule.CONSTANT), "guidance is 10.5; allowed: 0");
    refused(() -> new Guidance(Double.NaN, GuidanceSchedule.CONSTANT), "guidance is NaN");
    refused(
        () -> DecodePlan.of(List.of(new Segment.Masked(4)), FakeDenoiser.CONFIG, options, 1),
        "guidance is 2.0; allowed: 0 (off) where there is no fixed text");
    refused(
        () ->
            DecodePlan.of(
                List.of(new Segment.Fixed(new int[] {5}), new Segment.Masked(4)),
                FakeCausalModel.CONFIG,
                options,
                1),
        "guidance is 2.0; allowed: 0 (off) for a causal model");
  }

  private static void refused(Runnable making, String message) {
    assertThatThrownBy(making::run)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(message);
  }

  private static double[] weights(GuidanceSchedule schedule) {
    var options = DecodeOptions.DEFAULTS.withGuidance(new Guidance(2, schedule));
    var state = DecodeState.start(plan(options));
    var weights = new double[4];
    for (int i = 0; i < 4; i++) {
      var task = state.next();
      weights[i] = task.unconditional().map(DenoiseTask.Unconditional::weight).orElse(0.);
      state = state.advance(candidates(task.rows())).state();
    }
    assertThat(state.done()).isTrue();
    return weights;
  }

  private static Candidates candidates(int... positions) {
    var some =
        new Candidates(
            positions, positions.clone(), new float[positions.length], new float[positions.length]);
    for (int i = 0; i < positions.length; i++) {
      some.confidences()[i] = positions[i] / 10f;
    }
    return some;
  }

  private static DecodePlan plan(DecodeOptions options) {
    return DecodePlan.of(
        List.of(
            new Segment.Fixed(new int[] {7}),
            new Segment.Masked(4),
            new Segment.Fixed(new int[] {8, 9})),
        FakeDenoiser.CONFIG,
        options,
        1);
  }
}
