package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.objective.Certainty;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.Configs;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertaintyTest {
  private static final ParameterLayout LAYOUT =
      new ParameterLayout(
          new NetworkConfig(
              11, 16, 2, 4, 4, 4, 24, 8, 1e-5, 100, false, AttentionMode.BIDIRECTIONAL, 10, -1, 0));

  private static float[] weights() {
    var weights = Initialization.of(LAYOUT, 3);
    for (var i = 0; i < LAYOUT.decayed(); i++) {
      weights[i] *= 15;
    }
    return weights;
  }

  /** A batch of which the network of {@link #weights} has some rows right, and some wrong. */
  private static TokenBatch batch() {
    var asked =
        Objective.NELBO.ask(
            List.of(
                new Sample(1, 5, new int[] {1, 2, 3, 4, 5, 6, 7, 0}),
                new Sample(2, 5, new int[] {9, 8, 7, 6, 5, 4, 3, 2})),
            new double[] {0.4, 0.9},
            NoiseSchedule.LINEAR,
            10);
    var targets = asked.targets().clone();
    for (var n = 0; n < targets.length; n += 2) {
      targets[n] = mostProbable(asked, n);
    }
    return new TokenBatch(
        asked.batch(), asked.length(), asked.inputs(), asked.rows(), targets, asked.weights());
  }

  /** The token with the least cross-entropy at a row. */
  private static int mostProbable(TokenBatch batch, int row) {
    var reference = new ReferenceNetwork(LAYOUT, ReferenceNetwork.widen(weights()));
    var best = -1;
    var least = Double.POSITIVE_INFINITY;
    for (var token = 0; token < 10; token++) {
      var targets = batch.targets().clone();
      targets[row] = token;
      var asked =
          new TokenBatch(
              batch.batch(),
              batch.length(),
              batch.inputs(),
              batch.rows(),
              targets,
              batch.weights());
      var found = reference.crossEntropy(asked)[row];
      if (found < least) {
        least = found;
        best = token;
      }
    }
    return best;
  }

  private static double slope(TokenBatch batch, Certainty certainty, int i) {
    var h = 1e-4;
    var moved = ReferenceNetwork.widen(weights());
    moved[i] += h;
    var up = asked(new ReferenceNetwork(LAYOUT, moved), batch, certainty);
    moved[i] -= 2 * h;
    return (up - asked(new ReferenceNetwork(LAYOUT, moved), batch, certainty)) / (2 * h);
  }

  private static double asked(ReferenceNetwork network, TokenBatch batch, Certainty certainty) {
    return network.loss(batch)
        + certainty.weight() * network.unsure(batch, certainty.temperature());
  }

  @Test
  void theGradientIsThatOfCrossEntropyAndOfTheEntropyOfRowsThatAreRight() {
    var batch = batch();
    var reference = new ReferenceNetwork(LAYOUT, ReferenceNetwork.widen(weights()));
    for (var certainty : List.of(new Certainty(1.5, 0.5), new Certainty(0.7, 2))) {
      assertThat(reference.unsure(batch, certainty.temperature())).isGreaterThan(0.01);
      try (var kernels = Kernels.open(Device.CPU);
          var network =
              new NetworkOnDevice(
                  kernels, LAYOUT, Numerics.exact(), certainty, OptimizerState.first(weights()))) {
        network.accumulate(batch, 0);
        var gradient = network.gradient();
        for (var i = 0; i < LAYOUT.size(); i += 5) {
          // A central difference in float64 is good to h²; the rest is float32.
          assertThat((double) gradient[i])
              .as("gradient of weight %d", i)
              .isCloseTo(slope(batch, certainty, i), within(6e-5));
        }
        network.update(
            new OptimizerSettings(
                1e-2, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0.1, 0, 0.9),
            0,
            0);
        // What is reported stays the objective's.
        assertThat((double) network.drain().get(0).loss())
            .isCloseTo(reference.loss(batch), within(2e-5));
      }
    }
  }

  @Test
  void whatCannotUseItRefusesIt() {
    refused("objective: {certainty: -1}", "objective.certainty is -1.0; allowed: 0 or more");
    refused(
        "objective: {certainty: 1, certainty_temperature: 0}",
        "objective.certainty_temperature is 0.0; allowed: more than 0");
    refused(
        "objective: {certainty_temperature: 1}",
        "objective.certainty_temperature is 1.0; allowed: 0.5, where objective.certainty is 0");
    refused(
        "objective: {certainty: 1, kind: causal}\nmodel: {attention: causal}",
        "objective.certainty is 1.0; allowed: 0, for kind causal");
    refused(
        "objective: {certainty: 1, kind: uniform, corruption: gaussian, predict: noise}",
        "objective.certainty is 1.0; allowed: 0, for noise is predicted");
    refused(
        "objective: {certainty: 1}\ncurriculum: {direction: left-to-right}",
        "objective.certainty is 1.0");
  }

  private static void refused(String yaml, String message) {
    assertThatThrownBy(() -> Configs.of("data: {format: synthetic}\n" + yaml, List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }
}
