package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.SETTINGS;
import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.flat;
import static io.redraft.model.train.stage.StageFixture.kinds;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.NetworkOnDevice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.OptimizerState;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class StageCommitTest {
  private static Kernels kernels;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  private static StageOnDevice open(
      StageLayout layout, Map<String, float[]> weights, StageState state) {
    return StageFixture.open(kernels, layout, weights, state);
  }

  @Test
  void aPlainNetworkOfTheCommittedWeightsComputesWhatTheStageDoes() {
    for (var stage : kinds()) {
      var network = network(stage.head());
      var weights = weights(network);
      var layout = new StageLayout(stage, network);
      try (var device = open(layout, weights, state(layout, weights))) {
        for (var step = 0; step < 3; step++) {
          device.accumulate(batch(), step);
          device.update(SETTINGS, 1e-3, 0.5);
        }
        var committed = device.weights(weights::get);
        var merged = new HashMap<>(weights);
        committed.names().forEach(name -> merged.put(name, committed.weight(name)));
        var trained = "model.layers." + stage.trained().from() + ".mlp.up_proj.weight";
        assertThat(committed.names()).contains(trained);
        var plain = new ReferenceStage(layout, merged, new float[0]).plain();
        var whole = new ParameterLayout(plain);
        var renamed = new HashMap<String, float[]>();
        for (var p : whole.parameters()) {
          var block = StageLayout.blockOf(p.name());
          var original =
              p.name()
                  .replace(
                      "layers." + block + ".", "layers." + (block + stage.executed().from()) + ".");
          renamed.put(p.name(), merged.get(original));
        }
        try (var other =
            new NetworkOnDevice(
                kernels, whole, Numerics.exact(), OptimizerState.first(flat(whole, renamed)))) {
          var found = device.crossEntropy(batch(), true);
          var expected = other.crossEntropy(batch(), false);
          for (var n = 0; n < found.length; n++) {
            assertThat((double) found[n])
                .as("%s, row %d", stage.mechanics(), n)
                .isCloseTo(expected[n], within(1e-5 * Math.max(1, expected[n])));
          }
        }
      }
    }
  }

  @Test
  void whatIsFrozenIsCommittedAsItWas() {
    var network = network(false);
    var weights = weights(network);
    var layout =
        new StageLayout(stage(blocks(0, 3), blocks(2, 3), false, false, Mechanics.PLAIN), network);
    try (var device = open(layout, weights, state(layout, weights))) {
      device.accumulate(batch(), 0);
      device.update(SETTINGS, 1e-2, 0);
      var committed = device.weights(weights::get);
      assertThat(committed.names()).hasSize(9).allMatch(name -> name.contains("layers.2."));
      assertThat(committed.weight("model.layers.2.mlp.up_proj.weight"))
          .isNotEqualTo(weights.get("model.layers.2.mlp.up_proj.weight"));
    }
  }

  @Test
  void aStageGoesOnFromItsSnapshotAsIfItHadNotStopped() {
    for (var stage : kinds()) {
      var network = network(stage.head());
      var weights = weights(network);
      var layout = new StageLayout(stage, network);
      StageState half;
      StageState end;
      try (var device = open(layout, weights, state(layout, weights))) {
        train(device, 0, 3);
        half = device.snapshot();
        train(device, 3, 6);
        end = device.snapshot();
      }
      try (var device = open(layout, weights, half)) {
        train(device, 3, 6);
        var again = device.snapshot();
        assertThat(again.optimizer().weights()).isEqualTo(end.optimizer().weights());
        assertThat(again.optimizer().average()).isEqualTo(end.optimizer().average());
        assertThat(again.optimizer().secondMoment()).isEqualTo(end.optimizer().secondMoment());
        assertThat(again.optimizer().updates()).isEqualTo(6);
        assertThat(again.spectral()).isEqualTo(end.spectral());
      }
    }
  }

  private static void train(StageOnDevice device, int from, int to) {
    for (var step = from; step < to; step++) {
      device.accumulate(batch(), step);
      device.update(SETTINGS, 1e-2, 0.5);
    }
  }

  @Test
  void aNewBlockBeginsAsInAnEndToEndRunOfTheSameSeed() {
    var network = network(true);
    var stage = stage(blocks(0, 3), blocks(2, 3), false, false, Mechanics.PLAIN);
    var layout = new StageLayout(stage, network);
    var shapes = WeightLayout.of(network);
    var state =
        StageState.first(layout, name -> Initialization.of(network, name, shapes.get(name), 7), 7);
    var whole = new ParameterLayout(network);
    var all = Initialization.of(whole, 7);
    for (var p : whole.parameters()) {
      var place = (int) layout.place(p.name());
      for (var i = 0; i < p.size() && place >= 0; i++) {
        assertThat(state.optimizer().weights()[place + i]).isEqualTo(all[p.offset() + i]);
      }
    }
  }

  @Test
  void aStateOfAnotherStageIsRefused() {
    var network = network(false);
    var weights = weights(network);
    var one =
        new StageLayout(stage(blocks(0, 3), blocks(2, 3), false, false, Mechanics.PLAIN), network);
    var two =
        new StageLayout(stage(blocks(0, 3), blocks(1, 3), false, false, Mechanics.PLAIN), network);
    assertThatThrownBy(() -> open(two, weights, state(one, weights)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("state of stage 1");
  }
}
