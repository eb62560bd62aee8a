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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
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
import io.redraft.model.train.curriculum.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class StageOnDeviceTest {
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

  private static StageOnDevice open(
      StageLayout layout, Map<String, float[]> weights, StageState state) {
    return StageFixture.open(kernels, layout, weights, state);
  }

  private static void agreesWithFloat64(NetworkConfig network, Stage stage) {
    agreesWithFloat64(network, stage, weights(network), weights(network), Optional.empty());
  }

  /** Loss, and the gradient of some elements of every weight, against differences in float64. */
  private static void agreesWithFloat64(
      NetworkConfig network,
      Stage stage,
      Map<String, float[]> weights,
      Map<String, float[]> kept,
      Optional<CachedStream> stream) {
    var layout = new StageLayout(stage, network);
    var state = state(layout, weights);
    var batch = batch();
    try (var device = open(layout, weights, state)) {
      var asked = stream.map(s -> StageBatch.cached(batch, s)).orElse(StageBatch.of(batch));
      device.accumulate(asked, 0);
      var gradient = device.gradient();
      var reference = new ReferenceStage(layout, kept, device.snapshot().spectral());
      var flat = ReferenceNetwork.widen(state.optimizer().weights());
      var expected = reference.crossEntropy(flat, batch);
      var found = device.crossEntropy(asked, false);
      for (var n = 0; n < expected.length; n++) {
        // float32 over a few blocks; losses are below 10 nats.
        assertThat((double) found[n]).isCloseTo(expected[n], within(3e-5));
      }
      var largest = 0.0;
      for (var i : some(layout)) {
        var slope = slope(flat, i, moved -> reference.loss(moved, batch));
        largest = Math.max(largest, Math.abs(slope));
        // A central difference in float64 is good to h²; the rest is float32.
        assertThat((double) gradient[i])
            .as("gradient of weight %d, %s", i, nameOf(layout, i))
            .isCloseTo(slope, within(1e-4 + 1e-4 * Math.abs(slope)));
      }
      assertThat(largest).as("something depends on the weights").isGreaterThan(0.01);
      device.update(SETTINGS, 0, 0);
      assertThat((double) device.drain().get(0).step().loss())
          .isCloseTo(reference.loss(flat, batch), within(5e-5));
    }
  }

  /** Places of nine elements of every weight, evenly spread but not in one row or column. */
  private static int[] some(StageLayout layout) {
    return layout.learned().stream()
        .flatMapToInt(
            w ->
                IntStream.range(0, 9)
                    .map(i -> (int) (w.offset() + (w.size() * i / 9 + 3 * i) % w.size())))
        .toArray();
  }

  private static String nameOf(StageLayout layout, int place) {
    return layout.learned().stream()
        .filter(w -> w.offset() <= place && place < w.offset() + w.size())
        .findFirst()
        .orElseThrow()
        .name();
  }

  private static double slope(
      double[] flat, int i, java.util.function.ToDoubleFunction<double[]> loss) {
    var h = 1e-4;
    var moved = flat.clone();
    moved[i] += h;
    var up = loss.applyAsDouble(moved);
    moved[i] -= 2 * h;
    return (up - loss.applyAsDouble(moved)) / (2 * h);
  }

  @Test
  void aBlockAppendedToAFrozenTrunkLearnsWithTheHead() {
    agreesWithFloat64(
        network(false), stage(blocks(0, 3), blocks(2, 3), false, true, Mechanics.PLAIN));
  }

  @Test
  void aBlockBehindAFrozenTrunkLearnsBeforeAFrozenHeadThatIsTheEmbedding() {
    agreesWithFloat64(
        network(true), stage(blocks(0, 3), blocks(2, 3), false, false, Mechanics.PLAIN));
  }

  @Test
  void aBlockPrependedToAFrozenSuffixLearnsThroughIt() {
    agreesWithFloat64(
        network(false), stage(blocks(1, 4), blocks(1, 2), false, false, Mechanics.PLAIN));
  }

  @Test
  void anEmbeddingLearnsThroughFrozenBlocksAndAFrozenHead() {
    agreesWithFloat64(
        network(false), stage(blocks(1, 4), blocks(1, 2), true, false, Mechanics.PLAIN));
  }

  @Test
  void anEmbeddingThatIsTheHeadLearnsAsBoth() {
    agreesWithFloat64(
        network(true), stage(blocks(0, 3), blocks(1, 2), true, true, Mechanics.PLAIN));
  }

  @Test
  void aHeadLearnsAlone() {
    agreesWithFloat64(
        network(false), stage(blocks(0, 2), blocks(2, 2), false, true, Mechanics.PLAIN));
  }

  @Test
  void frozenUpProjectionsAreReadAndDoNotLearn() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false, true);
    agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 3), false, true, how));
  }

  @Test
  void whatABlockAddsIsMultipliedByTheResidualGain() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 0.4, 0, false);
    agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 2), false, false, how));
  }

  @Test
  void adaptersOfFrozenBlocksLearn() {
    var how = new Mechanics(2, 1.5, FrozenStorage.COMPUTE, false, 1, 0, false);
    agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 2), false, false, how));
    agreesWithFloat64(network(false), stage(blocks(1, 3), blocks(3, 3), false, false, how));
  }

  @Test
  void matricesAreDividedByTheirSpectralNorm() {
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, true, 1, 0, false);
    agreesWithFloat64(network(false), stage(blocks(0, 3), blocks(1, 3), false, true, how));
  }

  @Test
  void everythingAtOnceIsStillTheSameFunction() {
    var how = new Mechanics(2, 0.5, FrozenStorage.COMPUTE, true, 0.7, 0, false, true);
    agreesWithFloat64(network(true), stage(blocks(0, 4), blocks(1, 3), true, true, how));
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
      agreesWithFloat64(network, stage, weights, kept, Optional.empty());
      var exact = new Mechanics(2, 1.5, FrozenStorage.COMPUTE, false, 1, 0, false);
      var plain = new StageLayout(stage(blocks(0, 4), blocks(1, 2), true, false, exact), network);
      try (var quantised = open(layout, weights, state(layout, weights));
          var other = open(plain, kept, state(layout, weights))) {
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

  @Test
  void aCachedStreamGivesWhatTheTrunkGives() {
    var network = network(true);
    var weights = weights(network);
    var how = new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, true);
    var cached = stage(blocks(2, 4), blocks(2, 3), false, false, how);
    try (var trunk = new FrozenTrunk(kernels, network, 2, Numerics.exact(), weights::get)) {
      var stream = trunk.stream(batch());
      agreesWithFloat64(network, cached, weights, weights, Optional.of(stream));
      var computed = stage(blocks(0, 4), blocks(2, 3), false, false, Mechanics.PLAIN);
      var layout = new StageLayout(cached, network);
      var whole = new StageLayout(computed, network);
      assertThat(layout.learned()).isEqualTo(whole.learned());
      try (var a = open(layout, weights, state(layout, weights));
          var b = open(whole, weights, state(whole, weights))) {
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
        try (var device = open(layout, weights, state);
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
  void whatABlockIsToldOfItsMaskRatioLearnsWithIt() {
    var network = network(false).withTime(ADALN);
    agreesWithFloat64(network, stage(blocks(0, 3), blocks(2, 3), false, true, Mechanics.PLAIN));
    agreesWithFloat64(network, stage(blocks(0, 3), blocks(0, 1), true, false, Mechanics.PLAIN));
    var how = new Mechanics(2, 1, FrozenStorage.INT8, false, 1, 0, false);
    var stage = stage(blocks(0, 3), blocks(1, 2), true, true, how);
    var layout = new StageLayout(stage, network);
    var weights = weights(network);
    agreesWithFloat64(network, stage, weights, kept(layout, weights), Optional.empty());
  }

  @Test
  void tablesAndFeaturesOfTheMaskRatioLearnWithTheEmbedding() {
    for (var kind : List.of(TimeConditioning.Kind.TABLE, TimeConditioning.Kind.SINUSOIDAL)) {
      var buckets = kind == TimeConditioning.Kind.TABLE ? 5 : 0;
      var network = network(false).withTime(new TimeConditioning(kind, buckets));
      agreesWithFloat64(network, stage(blocks(0, 3), blocks(0, 1), true, false, Mechanics.PLAIN));
      agreesWithFloat64(network, stage(blocks(0, 3), blocks(0, 1), false, false, Mechanics.PLAIN));
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
    try (var device = open(layout, weights, state)) {
      device.accumulate(batch, 0);
      var gradient = device.gradient();
      var reference = new ReferenceStage(layout, weights, new float[0]);
      var flat = ReferenceNetwork.widen(state.optimizer().weights());
      for (var i : some(layout)) {
        var slope = slope(flat, i, moved -> reference.loss(moved, batch));
        assertThat((double) gradient[i])
            .as("gradient of weight %d", i)
            .isCloseTo(slope, within(1e-4 + 1e-4 * Math.abs(slope)));
      }
    }
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
        try (var device = open(layout, weights, state(layout, weights))) {
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
          for (var i : some(layout)) {
            var slope =
                slope(
                    flat,
                    i,
                    moved ->
                        reference.loss(moved, batch)
                            + reference.distance(moved, batch, asked.lessMasked(), table));
            assertThat((double) gradient[i])
                .as("gradient of weight %d, %s", i, nameOf(layout, i))
                .isCloseTo(slope, within(1e-4 + 1e-4 * Math.abs(slope)));
          }
        }
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
