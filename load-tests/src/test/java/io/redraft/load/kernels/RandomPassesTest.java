package io.redraft.load.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomPassesTest {
  @Test
  void everyKindOfPassIsTimedAsOftenAsAsked() throws Exception {
    try (var kernels = Kernels.open(Device.CPU);
        var passes =
            new RandomPasses(
                kernels,
                RandomShape.network("2x32x2x64x99", 24),
                ComputeType.FLOAT32,
                new RandomPasses.Settings(4, Optional.of(8), true))) {
      var result = passes.measure(new RandomShape(3, 24), 2, round -> {});
      assertThat(result.outOfMemory()).isFalse();
      assertThat(result.seconds().keySet())
          .containsExactly(
              RandomPasses.GREEDY, RandomPasses.DRAWN, RandomPasses.KEPT, RandomPasses.REUSED);
      assertThat(result.seconds().values())
          .allSatisfy(series -> assertThat(series.values()).hasSize(2).allMatch(s -> s > 0));
      assertThat(result.needed().caches()).isEqualTo(3 * 4 * 2 * 2 * 32 * 24);
    }
  }

  @ParameterizedTest
  @EnumSource(ComputeType.class)
  void theCpuPassesItsOwnCheck(ComputeType type) throws Exception {
    try (var kernels = Kernels.open(Device.CPU)) {
      // Not 0 in bfloat16: it does measure something.
      double least = type == ComputeType.FLOAT32 ? 0 : 1e-4;
      assertThat(DeviceCheck.difference(kernels, type))
          .isBetween(least, DeviceCheck.tolerance(type));
    }
  }

  @Test
  void aDifferenceIsMeasuredInUnitsOfTheSpread() {
    // Spread around 2: 1 + 1 = 2. Errors: 0.25 and 0.25.
    assertThat(DeviceCheck.difference(List.of(1., 3.), List.of(1.5, 2.5)))
        .isCloseTo(Math.sqrt(0.5 / 2), within(1e-12));
  }
}
