package io.redraft.load.train;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.NetworkOnDevice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.OptimizerState;
import io.redraft.model.train.ParameterLayout;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A network of random weights that takes optimizer steps on random tokens. */
final class TrainedNetwork implements AutoCloseable {
  private static final int BATCHES = 4;

  private final Kernels kernels;
  private final NetworkOnDevice network;
  private final OptimizerSettings plain;
  private final OptimizerSettings whole;

  TrainedNetwork(Device device, NetworkConfig config, boolean bfloat16, boolean graphs) {
    this.kernels = Kernels.open(device);
    var layout = new ParameterLayout(config);
    var numerics = Numerics.of(bfloat16, 0, 0, device.isGpu(), config.vocabularySize(), graphs);
    this.network =
        new NetworkOnDevice(
            kernels, layout, numerics, OptimizerState.first(Initialization.of(layout, 1)));
    this.plain = settings(0, 0);
    this.whole = settings(1, 0.9995);
  }

  private static OptimizerSettings settings(double clip, double emaDecay) {
    return new OptimizerSettings(
        1e-4, 0, OptimizerSettings.Schedule.CONSTANT, 0, 1, 0.9, 0.99, 1e-8, 0.1, clip, emaDecay);
  }

  /** Batches that ask for every token: cross-entropy over the whole sequence. */
  static List<TokenBatch> everyToken(NetworkConfig config, int batch, int length) {
    List<TokenBatch> batches = new ArrayList<>();
    for (var n = 0; n < BATCHES; n++) {
      var ids = tokens(config, batch * length, n);
      var rows = new int[ids.length];
      Arrays.setAll(rows, i -> i);
      var weights = new float[ids.length];
      Arrays.fill(weights, 1f / ids.length);
      batches.add(new TokenBatch(batch, length, ids, rows, ids, weights));
    }
    return batches;
  }

  /** Batches of masked diffusion: only masked tokens are asked for, half of all on average. */
  static List<TokenBatch> maskedTokens(NetworkConfig config, int batch, int length) {
    List<TokenBatch> batches = new ArrayList<>();
    for (var n = 0; n < BATCHES; n++) {
      List<Sample> samples = new ArrayList<>();
      for (var b = 0; b < batch; b++) {
        samples.add(new Sample(b, CounterHash.bits(n, b), tokens(config, length, n * batch + b)));
      }
      var times = StratifiedTimes.of(1, n, batch);
      batches.add(
          Objective.NELBO.ask(samples, times, NoiseSchedule.LOG_LINEAR, config.maskToken()));
    }
    return batches;
  }

  private static int[] tokens(NetworkConfig config, int count, int seed) {
    // The mask is the last token; it never stands in a text.
    return new Random(seed).ints(count, 0, config.vocabularySize() - 1).toArray();
  }

  /**
   * Seconds of a step, mean over {@code steps}.
   *
   * @param recipe whether gradients are clipped and weights averaged, too
   */
  double seconds(List<TokenBatch> batches, int steps, boolean recipe) {
    var settings = recipe ? whole : plain;
    network.drain();
    var began = System.nanoTime();
    for (var i = 0; i < steps; i++) {
      network.accumulate(batches.get(i % batches.size()), i);
      network.update(settings, settings.learningRate(), settings.emaDecay());
      if (network.pending() == NetworkOnDevice.LINES) {
        network.drain();
      }
    }
    network.drain();
    return (System.nanoTime() - began) / 1e9 / steps;
  }

  @Override
  public void close() {
    network.close();
    kernels.close();
  }
}
