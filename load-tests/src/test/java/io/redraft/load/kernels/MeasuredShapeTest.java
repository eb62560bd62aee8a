package io.redraft.load.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeasuredShapeTest {
  private static final MeasuredShape TINY =
      new MeasuredShape(
          "tiny",
          new NetworkConfig(
              50, 16, 1, 2, 2, 8, 32, 16, 1e-5, 1e4, true, AttentionMode.BIDIRECTIONAL, 0, -1, 1),
          2,
          5);

  @Test
  void countsTheWorkOfAPass() {
    // Ten tokens; 2 operations for each of 4·16² + 3·16·32 + 50·16 weights in matrices, and
    // 2·2·5·16 for scores and mixing. Gains are counted with the matrices: 3·16 more.
    double matrices = 4 * 256 + 3 * 512 + 800 + 48;
    assertThat(TINY.gigaflops()).isCloseTo(10 * (2 * matrices + 320) / 1e9, within(1e-12));
  }

  @Test
  void refusesAShapeItDoesNotKnow() {
    assertThat(MeasuredShape.named(List.of("11M 1x32")).get(0).length()).isEqualTo(32);
    assertThatThrownBy(() -> MeasuredShape.named(List.of("70B")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("--shape is 70B; allowed: 11M 1x256, ");
  }

  @Test
  void everyVariantRuns() throws Exception {
    try (var kernels = Kernels.open(Device.CPU);
        var contestants = new Contestants(kernels, TINY)) {
      assertThat(contestants.composed()).isPositive();
      assertThat(contestants.float32()).isPositive();
      assertThat(contestants.bfloat16()).isPositive();
      assertThat(contestants.drawn()).isPositive();
    }
  }
}
