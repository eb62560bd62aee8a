package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.SETTINGS;
import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.blocks;
import static io.redraft.model.train.stage.StageFixture.closeTo;
import static io.redraft.model.train.stage.StageFixture.flat;
import static io.redraft.model.train.stage.StageFixture.kept;
import static io.redraft.model.train.stage.StageFixture.kinds;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.objective.EmbeddingNoise;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.NetworkOnDevice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.OptimizerState;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.ReferenceNetwork;
import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.curriculum.Mechanics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which blocks compute and learn, and how precisely. */
class StageOnDeviceTest {
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
  void aBlockAppendedToAFrozenTrunkLearnsWithTheHead() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(false), stage(blocks(0, 3), blocks(2, 3), false, true, Mechanics.PLAIN));
  }

  @Test
  void aBlockBehindAFrozenTrunkLearnsBeforeAFrozenHeadThatIsTheEmbedding() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(true), stage(blocks(0, 3), blocks(2, 3), false, false, Mechanics.PLAIN));
  }

  @Test
  void aBlockPrependedToAFrozenSuffixLearnsThroughIt() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(false), stage(blocks(1, 4), blocks(1, 2), false, false, Mechanics.PLAIN));
  }

  @Test
  void anEmbeddingLearnsThroughFrozenBlocksAndAFrozenHead() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(false), stage(blocks(1, 4), blocks(1, 2), true, false, Mechanics.PLAIN));
  }

  @Test
  void anEmbeddingThatIsTheHeadLearnsAsBoth() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(true), stage(blocks(0, 3), blocks(1, 2), true, true, Mechanics.PLAIN));
  }

  @Test
  void aHeadLearnsAlone() {
    new GradientCheck(kernels)
        .agreesWithFloat64(
            network(false), stage(blocks(0, 2), blocks(2, 2), false, true, Mechanics.PLAIN));
  }

  @Test
  void aStageThatTrainsEverythingIsAnEndToEndStep() {
    for (var time : TimeConditioning.Kind.values()) {
      for (var tied : new boolean[] {true, false}) {
        var told = new TimeConditioning(time, time == TimeConditioning.Kind.TABLE ? 5 : 0);
        var network = network(tied).withTime(told);
        var weights = weights(network);
        var stage = stage(blocks(0, 4), blocks(0, 4), true, true, Mechanics.PLAIN);
        var layout = new StageLayout(stage, network);
        var whole = new ParameterLayout(network);
        var flat = flat(whole, weights);
        var state = StageState.first(layout, weights::get, 1);
        assertThat(state.optimizer().weights()).isEqualTo(flat);
        try (var device = StageFixture.open(kernels, layout, weights, state);
            var other =
                new NetworkOnDevice(
                    kernels, whole, Numerics.exact(), OptimizerState.first(flat.clone()))) {
          for (var step = 0; step < 2; step++) {
            device.accumulate(batch(), 0);
            other.accumulate(batch(), 0);
            closeTo(device.gradient(), other.gradient(), 2e-5);
            device.update(SETTINGS, 1e-3, 0.5);
            other.update(SETTINGS, 1e-3, 0.5);
          }
          closeTo(device.crossEntropy(batch(), true), other.crossEntropy(batch(), true), 1e-5);
          var a = device.drain().get(1).step();
          var b = other.drain().get(1);
          assertThat(a.loss()).isCloseTo(b.loss(), within(2e-5f));
          assertThat(a.crossEntropy()).isCloseTo(b.crossEntropy(), within(2e-5f));
          assertThat(a.gradientNorm()).isCloseTo(b.gradientNorm(), within(2e-5f));
        }
      }
    }
  }

  @Test
  void aNoisyAndACleanCopyAreAttendedToInBlocks() {
    var network = network(false).withAttentionBlocks(List.of(2));
    var weights = weights(network);
    var samples = List.of(new Sample(1, 5, new int[] {1, 2, 3, 4, 5, 6, 7, 0}));
    var ids = new int[16];
    var rows = new int[] {1, 4, 5};
    for (var t = 0; t < 8; t++) {
      ids[t] = samples.get(0).tokens()[t];
      ids[8 + t] = ids[t];
    }
    for (var row : rows) {
      ids[row] = 10;
    }
    var batch =
        new TokenBatch(
            1,
            16,
            ids,
            rows,
            new int[] {2, 5, 6},
            new float[] {0.5f, 0.3f, 0.2f},
            new float[0],
            EmbeddingNoise.NONE,
            2);
    var stage = stage(blocks(0, 3), blocks(1, 2), false, false, Mechanics.PLAIN);
    var layout = new StageLayout(stage, network);
    var state = state(layout, weights);
    try (var device = StageFixture.open(kernels, layout, weights, state)) {
      device.accumulate(batch, 0);
      var gradient = device.gradient();
      var reference = new ReferenceStage(layout, weights, new float[0]);
      var flat = ReferenceNetwork.widen(state.optimizer().weights());
      for (var i : GradientCheck.some(layout)) {
        var slope = GradientCheck.slope(flat, i, moved -> reference.loss(moved, batch));
        assertThat((double) gradient[i])
            .as("gradient of weight %d", i)
            .isCloseTo(slope, within(1e-4 + 1e-4 * Math.abs(slope)));
      }
    }
  }

  @Test
  void sixteenBitsAgreeWithFloat64ToTheirPrecision() {
    for (var stage : kinds()) {
      var network = network(stage.head());
      Map<String, float[]> weights = new HashMap<>();
      WeightLayout.of(network)
          .forEach((name, shape) -> weights.put(name, Initialization.of(network, name, shape, 3)));
      var layout = new StageLayout(stage, network);
      var state = StageState.first(layout, weights::get, 1);
      try (var device =
          new StageOnDevice(
              kernels, layout, new Numerics(true, 0, 0, 3, false), weights::get, state)) {
        device.accumulate(batch(), 0);
        device.update(SETTINGS, 1e-3, 0);
        var numbers = device.drain().get(0).step();
        assertThat(numbers.skipped()).isFalse();
        var kept =
            stage.mechanics().frozen() == FrozenStorage.COMPUTE ? weights : kept(layout, weights);
        var reference = new ReferenceStage(layout, kept, state.spectral());
        var flat = ReferenceNetwork.widen(state.optimizer().weights());
        // 8 bits of significand and logits near 0, or within 1 where norms are divided out.
        assertThat((double) numbers.loss() / reference.loss(flat, batch()))
            .isCloseTo(1, within(0.02));
      }
    }
  }

  @Test
  void dropoutIsAFunctionOfItsSeed() {
    var network = network(false);
    var weights = weights(network);
    var stage = stage(blocks(0, 3), blocks(1, 2), false, false, Mechanics.PLAIN);
    var layout = new StageLayout(stage, network);
    var gradients = new float[3][];
    for (var run = 0; run < 3; run++) {
      try (var device =
          new StageOnDevice(
              kernels,
              layout,
              new Numerics(false, 0.3, 0, 1024, false),
              weights::get,
              state(layout, weights))) {
        device.accumulate(batch(), run == 2 ? 8 : 7);
        gradients[run] = device.gradient();
      }
    }
    assertThat(gradients[1]).isEqualTo(gradients[0]);
    assertThat(gradients[2]).isNotEqualTo(gradients[0]);
  }
}
