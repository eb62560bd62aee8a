package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Ancestral sampling without forward passes for steps that reveal nothing, against the plain loop
 * that computes every one of them.
 */
class StepSkippingTest {
  private static final int MASK = FakeDenoiser.CONFIG.maskToken();

  @ParameterizedTest
  @CsvSource({
    "UNIFORM, 1",
    "UNIFORM, 5",
    "UNIFORM, 24",
    "UNIFORM, 300",
    "COSINE, 10",
    "COSINE, 50"
  })
  void theTextIsThatOfTheLoopThatComputesEveryStep(StepGrid grid, int steps) {
    for (int seed = 0; seed < 40; seed++) {
      var options =
          DecodeOptions.DEFAULTS
              .withPolicy(new RevealPolicy.Ancestral())
              .withGrid(grid)
              .withSteps(steps)
              .withSampling(new Sampling(1, 0, 1));
      var segments = List.<Segment>of(new Segment.Fixed(new int[] {3, 4}), new Segment.Masked(24));
      var plan = DecodePlan.of(segments, FakeDenoiser.config(50, 64), options, seed);
      // Without ends of text, which the plain loop does not know.
      try (var skipping = denoiser();
          var plain = denoiser()) {
        var state = DecodeState.start(plan);
        while (!state.done()) {
          state = state.advance(skipping.denoise(List.of(state.next())).get(0)).state();
        }
        assertThat(state.canvas()).isEqualTo(loop(plan, grid, steps, plain));
        assertThat(state.forwards()).isEqualTo((int) skipping.forwards());
        assertThat(state.forwards()).isLessThanOrEqualTo(Math.min(steps, 24));
        assertThat(state.steps()).isLessThanOrEqualTo(steps);
      }
    }
  }

  @Test
  void manyMoreStepsThanMasksTakeAForwardPassForEveryRevealOnly() {
    var options = DecodeOptions.DEFAULTS.withPolicy(new RevealPolicy.Ancestral()).withSteps(1000);
    var plan =
        DecodePlan.of(List.of(new Segment.Masked(20)), FakeDenoiser.config(50, 64), options, 7);
    try (var denoiser = denoiser()) {
      var state = denoiser.write(plan);
      assertThat(state.forwards()).isLessThanOrEqualTo(20);
      assertThat(state.steps()).as("the last mask falls late").isBetween(800, 1000);
    }
  }

  /** As MDLM writes it, without its cache: p(x₀|x_t) at every t of the grid. */
  private static int[] loop(DecodePlan plan, StepGrid grid, int steps, FakeDenoiser denoiser) {
    int[] canvas = plan.canvas();
    for (int k = 0; k < steps; k++) {
      int[] masked = Arrays.stream(plan.writable()).filter(p -> canvas[p] == MASK).toArray();
      if (masked.length == 0) {
        break;
      }
      var task = new DenoiseTask(canvas.clone(), masked, plan.options().sampling(), plan.seed(), k);
      var x0 = denoiser.denoise(List.of(task)).get(0);
      double t = grid == StepGrid.UNIFORM ? 1 - k / (double) steps : cosine(k, steps);
      double s = grid == StepGrid.UNIFORM ? 1 - (k + 1.) / steps : cosine(k + 1, steps);
      for (int i = 0; i < masked.length; i++) {
        boolean stays = CounterRandom.uniform(plan.seed(), k, masked[i]) < s / t;
        if (!stays || k == steps - 1) {
          canvas[masked[i]] = x0.tokens()[i];
        }
      }
    }
    return canvas;
  }

  private static double cosine(int k, int steps) {
    return Math.cos(Math.PI / 2 * k / steps);
  }

  private static FakeDenoiser denoiser() {
    return new FakeDenoiser(FakeDenoiser.config(50, 64), Double.NEGATIVE_INFINITY);
  }
}
