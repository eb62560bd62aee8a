package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ten to fifty steps for a canvas of 256 masks do what the papers' own loops do. */
class FewStepTest {
  private static final int MASKS = 256;

  @ParameterizedTest
  @ValueSource(ints = {10, 12, 25, 50})
  void theCosineGridRevealsWhatMaskGitReveals(int steps) {
    var left = new ArrayList<Integer>();
    int unknown = MASKS;
    for (int k = 1; k <= steps; k++) {
      // MaskGIT's loop: floor(N·cos(π/2·k/n)), at least one masked before the last step.
      int length = (int) Math.floor(MASKS * Math.cos(Math.PI / 2 * k / steps));
      unknown = k == steps ? 0 : Math.max(1, Math.min(unknown - 1, length));
      left.add(unknown);
    }
    assertThat(left(new RevealPolicy.Confidence(), StepGrid.COSINE, steps, 1)).isEqualTo(left);
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 16, 50})
  void theUniformGridRevealsEquallyManyEveryStep(int steps) {
    var left = left(new RevealPolicy.Confidence(), StepGrid.UNIFORM, steps, 1);
    assertThat(left).hasSize(steps);
    for (int k = 1; k <= steps; k++) {
      assertThat((double) left.get(k - 1)).isCloseTo(MASKS * (1 - k / (double) steps), within(1.));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 16, 50})
  void ancestralRevealsAsManyOnAverageAndNeverTakesMoreForwards(int steps) {
    double[] mean = new double[steps + 1];
    int runs = 60;
    for (int seed = 0; seed < runs; seed++) {
      var options = options(new RevealPolicy.Ancestral(), StepGrid.UNIFORM, steps);
      var state = start(options, seed);
      int at = 0;
      int forwards = 0;
      while (!state.done()) {
        var after = state.advance(candidates(state.next().rows())).state();
        for (; at < after.steps(); at++) {
          // What a skipped step leaves is what was there before it.
          int leaves = at == after.steps() - 1 ? masks(after) : masks(state);
          mean[at + 1] += leaves / (double) runs;
        }
        state = after;
        forwards++;
      }
      assertThat(forwards).isEqualTo(state.forwards()).isLessThanOrEqualTo(steps);
    }
    for (int k = 1; k <= steps; k++) {
      double share = 1 - k / (double) steps;
      double sigma = Math.sqrt(MASKS * share * (1 - share) / runs);
      assertThat(mean[k]).isCloseTo(MASKS * share, within(5 * sigma + 1e-9));
    }
  }

  @Test
  void firstHittingWithFewStepsTakesAForwardForEveryStepOfTheGridThatIsHit() {
    for (int seed = 0; seed < 20; seed++) {
      var left = left(new RevealPolicy.FirstHitting(), StepGrid.COSINE, 20, seed);
      assertThat(left.size()).isLessThanOrEqualTo(20);
      assertThat(left.get(left.size() - 1)).isZero();
    }
  }

  /** Masks left after every forward pass. */
  private static List<Integer> left(RevealPolicy policy, StepGrid grid, int steps, long seed) {
    var left = new ArrayList<Integer>();
    for (var state = start(options(policy, grid, steps), seed); !state.done(); ) {
      state = state.advance(candidates(state.next().rows())).state();
      left.add(masks(state));
    }
    return left;
  }

  private static int masks(DecodeState state) {
    int mask = state.plan().maskToken();
    return (int) java.util.Arrays.stream(state.canvas()).filter(token -> token == mask).count();
  }

  private static DecodeOptions options(RevealPolicy policy, StepGrid grid, int steps) {
    return DecodeOptions.DEFAULTS.withPolicy(policy).withGrid(grid).withSteps(steps);
  }

  private static DecodeState start(DecodeOptions options, long seed) {
    var network = FakeDenoiser.config(50, MASKS);
    return DecodeState.start(
        DecodePlan.of(List.of(new Segment.Masked(MASKS)), network, options, seed));
  }

  private static Candidates candidates(int[] rows) {
    return new Candidates(
        rows, new int[rows.length], new float[rows.length], new float[rows.length]);
  }
}
