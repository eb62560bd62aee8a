package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.kept;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.weights;

import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Stages of networks that are told their mask ratio. */
class StageTimeTest {
  private static final TimeConditioning ADALN =
      new TimeConditioning(TimeConditioning.Kind.ADALN, 0);
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
  void whatABlockIsToldOfItsMaskRatioLearnsWithIt() {
    var network = network(false).withTime(ADALN);
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network, stage(blocks(0, 3), blocks(2, 3), false, true, Mechanics.PLAIN));
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network, stage(blocks(0, 3), blocks(0, 1), true, false, Mechanics.PLAIN));
    var how = new Mechanics(2, 1, FrozenStorage.INT8, false, 1, 0, false);
    var stage = stage(blocks(0, 3), blocks(1, 2), true, true, how);
    var layout = new StageLayout(stage, network);
    var weights = weights(network);
    new GradientCheck(kernels)
        .agreesWithFloat64(network, stage, weights, kept(layout, weights), Optional.empty());
  }

  @Test
  void tablesAndFeaturesOfTheMaskRatioLearnWithTheEmbedding() {
    for (var kind : List.of(TimeConditioning.Kind.TABLE, TimeConditioning.Kind.SINUSOIDAL)) {
      var buckets = kind == TimeConditioning.Kind.TABLE ? 5 : 0;
      var network = network(false).withTime(new TimeConditioning(kind, buckets));
      new GradientCheck(kernels)
          .agreesWithFloat64(
              network, stage(blocks(0, 3), blocks(0, 1), true, false, Mechanics.PLAIN));
      new GradientCheck(kernels)
          .agreesWithFloat64(
              network, stage(blocks(0, 3), blocks(0, 1), false, false, Mechanics.PLAIN));
    }
  }
}
