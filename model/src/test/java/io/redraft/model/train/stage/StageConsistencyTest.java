package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.SETTINGS;
import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.flat;
import static io.redraft.model.train.stage.StageFixture.kept;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ReferenceNetwork;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The distance between what new blocks give and what those behind them were trained to read. */
class StageConsistencyTest {
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  private static int[] lessMasked(TokenBatch batch) {
    var ids = batch.inputs().clone();
    for (var n = 0; n < batch.size(); n += 2) {
      ids[batch.rows()[n]] = batch.targets()[n];
    }
    return ids;
  }

  @Test
  void theConsistencyLossPullsTowardsWhatTheNextBlockWasTrainedToRead() {
    for (var rank : new int[] {0, 2}) {
      var network = network(false);
      var weights = weights(network);
      var storage = rank == 0 ? FrozenStorage.COMPUTE : FrozenStorage.INT8;
      var how = new Mechanics(rank, 1, storage, false, 1, 0.3, false);
      for (var end : new int[] {2, 3}) {
        var stage = stage(blocks(0, 3), blocks(0, end), true, false, how);
        var layout = new StageLayout(stage, network);
        var kept = rank == 0 ? weights : kept(layout, weights);
        var batch = batch();
        var asked = new StageBatch(batch, Optional.empty(), lessMasked(batch), 1);
        try (var device = StageFixture.open(kernels, layout, weights, state(layout, weights))) {
          device.accumulate(asked, 0);
          var gradient = device.gradient();
          device.accumulate(asked.oneOf(4), 0);
          device.update(SETTINGS, 0, 0);
          var flat = ReferenceNetwork.widen(state(layout, weights).optimizer().weights());
          var table = ReferenceNetwork.widen(weights.get(StageLayout.EMBEDDING));
          var reference = new ReferenceStage(layout, kept, new float[0]);
          var distance = reference.distance(flat, batch, asked.lessMasked(), table);
          assertThat((double) device.drain().get(0).consistency())
              .isCloseTo(1.25 * distance, within(1e-5 + 1e-5 * distance));
          for (var i : GradientCheck.some(layout)) {
            var slope =
                GradientCheck.slope(
                    flat,
                    i,
                    moved ->
                        reference.loss(moved, batch)
                            + reference.distance(moved, batch, asked.lessMasked(), table));
            assertThat((double) gradient[i])
                .as("gradient of weight %d, %s", i, GradientCheck.nameOf(layout, i))
                .isCloseTo(slope, within(1e-4 + 1e-4 * Math.abs(slope)));
          }
        }
      }
    }
  }
}
