package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayedStepsTest {
  @Test
  void whereNothingCanBeRecordedAllWorkIsDoneOnItsOwnInputs() {
    try (var kernels = Kernels.open(Device.CPU);
        var scope = kernels.scope();
        var steps = new ReplayedSteps<String>(kernels, true)) {
      List<Float> read = new ArrayList<>();
      for (var i = 0; i < 6; i++) { // more than are launched before a recording
        var input = scope.floats(new float[] {i}, 1);
        steps.run("a", List.of(input), inputs -> read.add(inputs.get(0).toFloatArray()[0]));
      }
      assertThat(read).containsExactly(0f, 1f, 2f, 3f, 4f, 5f);
      assertThat(steps.recording()).isFalse();
      assertThat(steps.replays()).isZero();
      assertThat(steps.stop()).as("there is nothing to give back").isFalse();
    }
  }
}
