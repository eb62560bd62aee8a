package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.closeTo;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A stage behind a stream that a frozen trunk has computed. */
class CachedStageTest {
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
  void aCachedStreamGivesWhatTheTrunkGives() {
    var network = network(true);
    var weights = weights(network);
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, true);
    var cached = stage(blocks(2, 4), blocks(2, 3), false, false, how);
    try (var trunk = new FrozenTrunk(kernels, network, 2, Numerics.exact(), weights::get)) {
      var stream = trunk.stream(batch());
      new GradientCheck(kernels)
          .agreesWithFloat64(network, cached, weights, weights, Optional.of(stream));
      var computed = stage(blocks(0, 4), blocks(2, 3), false, false, Mechanics.PLAIN);
      var layout = new StageLayout(cached, network);
      var whole = new StageLayout(computed, network);
      assertThat(layout.learned()).isEqualTo(whole.learned());
      try (var a = StageFixture.open(kernels, layout, weights, state(layout, weights));
          var b = StageFixture.open(kernels, whole, weights, state(whole, weights))) {
        a.accumulate(StageBatch.cached(batch(), stream), 0);
        b.accumulate(batch(), 0);
        assertThat(a.gradient()).as("the same numbers").isEqualTo(b.gradient());
        var half = StageBatch.cached(batch(), stream);
        a.discard();
        a.accumulate(half.sequences(0, 1), 0);
        a.accumulate(half.sequences(1, 2), 0);
        closeTo(a.gradient(), b.gradient(), 1e-5);
        assertThatThrownBy(() -> a.accumulate(batch(), 0)).hasMessageContaining("cache");
        assertThatThrownBy(
                () -> a.accumulate(StageBatch.cached(batch().sequences(0, 1), stream), 0))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("cached stream");
      }
    }
  }

  @Test
  void aTrunkInSixteenBitsWritesTwoBytesANumber() {
    var network = network(true);
    var weights = weights(network);
    var half = new Numerics(true, 0, 0, 1024, false);
    try (var trunk = new FrozenTrunk(kernels, network, 2, half, weights::get);
        var exact = new FrozenTrunk(kernels, network, 2, Numerics.exact(), weights::get)) {
      assertThat(trunk.type()).isEqualTo(ComputeType.BFLOAT16);
      var rounded = trunk.stream(batch()).bytes().order(java.nio.ByteOrder.LITTLE_ENDIAN);
      var full = exact.stream(batch()).bytes().order(java.nio.ByteOrder.LITTLE_ENDIAN);
      assertThat(rounded.remaining()).isEqualTo(2 * 8 * 16 * 2);
      assertThat(full.remaining()).isEqualTo(2 * 8 * 16 * 4);
      for (var i = 0; i < 2 * 8 * 16; i++) {
        var value = Float.intBitsToFloat(rounded.getShort(2 * i) << 16);
        // 8 bits of significand, over two blocks of a stream of a few units.
        assertThat(value).isCloseTo(full.getFloat(4 * i), within(0.1f));
      }
    }
  }
}
