package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;

import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is done to the matrices and outputs of blocks that learn. */
class StageMechanicsTest {
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
  void frozenUpProjectionsAreReadAndDoNotLearn() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false, true);
    new GradientCheck(kernels)
        .agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 3), false, true, how));
  }

  @Test
  void whatABlockAddsIsMultipliedByTheResidualGain() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 0.4, 0, false);
    new GradientCheck(kernels)
        .agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 2), false, false, how));
  }

  @Test
  void matricesAreDividedByTheirSpectralNorm() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, true, 1, 0, false);
    new GradientCheck(kernels)
        .agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 3), false, true, how));
  }

  @Test
  void everythingAtOnceIsStillTheSameFunction() {
    var how = new Mechanics(2, 0.5, FrozenStorage.COMPUTE, true, 0.7, 0, false, true);
    new GradientCheck(kernels)
        .agreesWithFloat64(network(true), stage(blocks(0, 4), blocks(1, 3), true, true, how));
  }
}
