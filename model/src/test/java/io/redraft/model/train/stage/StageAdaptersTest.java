package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.closeTo;
import static io.redraft.model.train.stage.StageFixture.kept;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Low-rank adapters, on frozen blocks in all formats. */
class StageAdaptersTest {
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  @Test
  void adaptersOfFrozenBlocksLearn() {
    var how = new Mechanics(2, 1.5, FrozenStorage.COMPUTE, false, 1, 0, false);
    new GradientCheck(kernels)
        .agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 2), false, false, how));
    new GradientCheck(kernels)
        .agreesWithFloat64(network(false), stage(blocks(1, 3), blocks(3, 3), false, false, how));
  }

  @Test
  void adaptersOfQuantisedBlocksLearnAsThoseOfWhatWasKeptOfThem() {
    for (var storage :
        new FrozenStorage[] {FrozenStorage.INT8, FrozenStorage.INT4, FrozenStorage.NF4}) {
      var network = network(false);
      var how = new Mechanics(2, 1.5, storage, false, 1, 0, false);
      var stage = stage(blocks(0, 4), blocks(1, 2), true, false, how);
      var layout = new StageLayout(stage, network);
      var weights = weights(network);
      var kept = kept(layout, weights);
      new GradientCheck(kernels).agreesWithFloat64(network, stage, weights, kept, Optional.empty());
      var exact = new Mechanics(2, 1.5, FrozenStorage.COMPUTE, false, 1, 0, false);
      var plain = new StageLayout(stage(blocks(0, 4), blocks(1, 2), true, false, exact), network);
      try (var quantised = StageFixture.open(kernels, layout, weights, state(layout, weights));
          var other = StageFixture.open(kernels, plain, kept, state(layout, weights))) {
        quantised.accumulate(batch(), 0);
        other.accumulate(batch(), 0);
        closeTo(quantised.gradient(), other.gradient(), 2e-5);
        assertThat(other.quantizationError()).isZero();
        var largest = storage == FrozenStorage.INT8 ? 0.01 : 0.2;
        // Uniform rounding errors of s/√12 under values of s·L·(rms over largest of 64, near
        // 1/2.5).
        assertThat(quantised.quantizationError()).isBetween(largest / 10, largest);
        assertThat(quantised.quantizationError())
            .isCloseTo(relativeError(layout, weights, kept), within(1e-6));
      }
    }
  }

  private static double relativeError(
      StageLayout layout, Map<String, float[]> weights, Map<String, float[]> kept) {
    var error = 0.0;
    var size = 0.0;
    for (var name : layout.frozen().keySet()) {
      for (var i = 0; i < weights.get(name).length && name.contains("_proj"); i++) {
        error += Math.pow((double) weights.get(name)[i] - kept.get(name)[i], 2);
        size += Math.pow(weights.get(name)[i], 2);
      }
    }
    return Math.sqrt(error / size);
  }
}
