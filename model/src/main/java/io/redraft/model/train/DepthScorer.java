package io.redraft.model.train;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.EmbeddingNoise;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cross-entropies of a depth-as-time model: each sequence is read by the depth step that its mask
 * ratio belongs to ({@link io.redraft.model.nn.DepthTime#step}), which runs its own blocks and
 * those behind them, its own alone where the model's blocks are bands, or all up to its own where
 * it grew from the left. A network that is told its mask ratio is told the step's nearest.
 * Whichever step reads which ratio, the result is a denoiser, so that a bound made of it is a
 * bound. A stream that is carried from step to step has no meaning for a single canvas; such a
 * model is judged by its suffixes.
 *
 * <p>The steps are networks of their own on the device, which share nothing. Confined to the thread
 * that owns the kernels.
 */
final class DepthScorer implements TokenScorer, AutoCloseable {
  private final NetworkConfig network;
  private final List<NetworkOnDevice> steps = new ArrayList<>();

  /** Brings the networks of all depth steps to the kernels' device. */
  DepthScorer(ModelFolder model, Kernels kernels) {
    this.network = model.config();
    var count = network.depthRatios().size();
    var each = network.layers() / count;
    for (var step = 0; step < count; step++) {
      var execution = network.depth().execution();
      var from = execution == DepthExecution.PREFIX ? 0 : step * each;
      var ends = execution == DepthExecution.BAND || execution == DepthExecution.PREFIX;
      var to = ends ? (step + 1) * each : network.layers();
      var layout = new ParameterLayout(network.withLayers(to - from));
      var weights = ModelEvaluation.weights(model, layout, name -> shifted(name, from));
      steps.add(
          new NetworkOnDevice(kernels, layout, Numerics.exact(), OptimizerState.first(weights)));
    }
  }

  /** Names in the model of a network's blocks that begin with one of its own. */
  private static String shifted(String name, int from) {
    var parts = name.split("\\.", 4);
    return parts[1].equals("layers")
        ? "model.layers." + (Integer.parseInt(parts[2]) + from) + "." + parts[3]
        : name;
  }

  @Override
  public float[] crossEntropy(TokenBatch batch) {
    var ratios = batch.toldRatios(network.maskToken());
    var losses = new float[batch.size()];
    for (var step = 0; step < steps.size(); step++) {
      var own = step;
      var sequences =
          IntStream.range(0, batch.batch())
              .filter(b -> network.depth().step(ratios[b]) == own)
              .toArray();
      if (sequences.length > 0) {
        score(batch, sequences, step, ratios, losses);
      }
    }
    return losses;
  }

  private void score(TokenBatch batch, int[] sequences, int step, float[] ratios, float[] losses) {
    var told = new float[sequences.length];
    var length = batch.length();
    var inputs = new int[sequences.length * length];
    var rows = new ArrayList<Integer>(); // in the batch
    var places = new ArrayList<Integer>(); // in what is asked here
    for (var i = 0; i < sequences.length; i++) {
      var from = sequences[i] * length;
      told[i] = (float) network.depth().told(step, ratios[sequences[i]]);
      System.arraycopy(batch.inputs(), from, inputs, i * length, length);
      for (var row = first(batch, from); row < first(batch, from + length); row++) {
        rows.add(row);
        places.add(i * length + batch.rows()[row] - from);
      }
    }
    var asked =
        new TokenBatch(
            sequences.length,
            length,
            inputs,
            places.stream().mapToInt(Integer::intValue).toArray(),
            rows.stream().mapToInt(row -> batch.targets()[row]).toArray(),
            new float[rows.size()],
            told,
            EmbeddingNoise.NONE);
    var found = steps.get(step).crossEntropy(asked, false);
    for (var i = 0; i < found.length; i++) {
      losses[rows.get(i)] = found[i];
    }
  }

  private static int first(TokenBatch batch, int place) {
    var found = Arrays.binarySearch(batch.rows(), place);
    return found < 0 ? -1 - found : found;
  }

  @Override
  public void close() {
    steps.forEach(NetworkOnDevice::close);
  }
}
