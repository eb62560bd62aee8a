package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StepGridTest {
  @Test
  void uniformRevealsTheSameEveryStepUpToRounding() {
    assertThat(remaining(StepGrid.UNIFORM, 10, 5)).containsExactly(10, 8, 6, 4, 2, 0);
    assertThat(remaining(StepGrid.UNIFORM, 10, 4)).containsExactly(10, 7, 5, 2, 0);
  }

  @Test
  void cosineRevealsFewAtFirstAndManyAtLast() {
    // 100·cos(kπ/8) = 92.4, 70.7, 38.3, 0
    assertThat(remaining(StepGrid.COSINE, 100, 4)).containsExactly(100, 92, 70, 38, 0);
  }

  @Test
  void aStepForEveryMaskRevealsOneEachOnEveryGrid() {
    assertThat(remaining(StepGrid.UNIFORM, 4, 4)).containsExactly(4, 3, 2, 1, 0);
    assertThat(remaining(StepGrid.COSINE, 4, 4)).containsExactly(4, 3, 2, 1, 0);
  }

  @Property
  void everyStepRevealsAtLeastOneAndTheLastLeavesNone(
      @ForAll StepGrid grid,
      @ForAll @IntRange(min = 1, max = 300) int masks,
      @ForAll @IntRange(min = 1, max = 300) int steps) {
    int[] left = remaining(grid, masks, Math.min(steps, masks));
    assertThat(left[0]).isEqualTo(masks);
    assertThat(left[left.length - 1]).isZero();
    for (int k = 1; k < left.length; k++) {
      assertThat(left[k]).isLessThan(left[k - 1]);
    }
  }

  @Property
  void cosineIsNeverAheadOfUniform(
      @ForAll @IntRange(min = 1, max = 300) int masks,
      @ForAll @IntRange(min = 1, max = 300) int steps) {
    int[] cosine = remaining(StepGrid.COSINE, masks, Math.min(steps, masks));
    int[] uniform = remaining(StepGrid.UNIFORM, masks, Math.min(steps, masks));
    for (int k = 0; k < cosine.length; k++) {
      assertThat(cosine[k]).isGreaterThanOrEqualTo(uniform[k]);
    }
  }

  @Test
  void doesNotOverflowOnLongCanvases() {
    assertThat(StepGrid.UNIFORM.remaining(1_000_000, 500_000, 1)).isEqualTo(999_998);
  }

  @Test
  void refusesMoreStepsThanMasks() {
    assertThatThrownBy(() -> StepGrid.UNIFORM.remaining(3, 4, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static int[] remaining(StepGrid grid, int masks, int steps) {
    int[] left = new int[steps + 1];
    for (int k = 0; k <= steps; k++) {
      left[k] = grid.remaining(masks, steps, k);
    }
    return left;
  }
}
