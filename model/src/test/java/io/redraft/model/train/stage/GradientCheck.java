package io.redraft.model.train.stage;

import static io.redraft.model.train.stage.StageFixture.SETTINGS;
import static io.redraft.model.train.stage.StageFixture.batch;
import static io.redraft.model.train.stage.StageFixture.flat;
import static io.redraft.model.train.stage.StageFixture.kept;
import static io.redraft.model.train.stage.StageFixture.network;
import static io.redraft.model.train.stage.StageFixture.stage;
import static io.redraft.model.train.stage.StageFixture.state;
import static io.redraft.model.train.stage.StageFixture.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ReferenceNetwork;
import io.redraft.model.train.curriculum.Stage;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A stage on a device beside the same stage in float64, whose gradient is taken by central
 * differences.
 */
record GradientCheck(Kernels kernels) {
  void agreesWithFloat64(NetworkConfig network, Stage stage) {
    agreesWithFloat64(network, stage, weights(network), weights(network), Optional.empty());
  }

  /** Loss, and the gradient of some elements of every weight, against differences in float64. */
  void agreesWithFloat64(
      NetworkConfig network,
      Stage stage,
      Map<String, float[]> weights,
      Map<String, float[]> kept,
      Optional<CachedStream> stream) {
    var layout = new StageLayout(stage, network);
    var state = state(layout, weights);
    var batch = batch();
    try (var device = StageFixture.open(kernels, layout, weights, state)) {
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
  static int[] some(StageLayout layout) {
    return layout.learned().stream()
        .flatMapToInt(
            w ->
                IntStream.range(0, 9)
                    .map(i -> (int) (w.offset() + (w.size() * i / 9 + 3 * i) % w.size())))
        .toArray();
  }

  static String nameOf(StageLayout layout, int place) {
    return layout.learned().stream()
        .filter(w -> w.offset() <= place && place < w.offset() + w.size())
        .findFirst()
        .orElseThrow()
        .name();
  }

  static double slope(double[] flat, int i, java.util.function.ToDoubleFunction<double[]> loss) {
    var h = 1e-4;
    var moved = flat.clone();
    moved[i] += h;
    var up = loss.applyAsDouble(moved);
    moved[i] -= 2 * h;
    return (up - loss.applyAsDouble(moved)) / (2 * h);
  }
}
