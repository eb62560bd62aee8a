package io.redraft.load.kernels;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Whether a device computes what the CPU does in float32: log-probabilities of the tokens that
 * stand in a few canvases of a small network, over more passes than a GPU launches before it
 * records, with other canvases each time.
 */
final class DeviceCheck {
  private static final int LENGTH = 96;
  private static final NetworkConfig NETWORK = RandomShape.network("3x256x4x704x1001", LENGTH);

  /** So that tokens have unlike probabilities, and blocks weigh as much as embeddings. */
  private static final float SCALE = 4;

  private static final int PASSES = 6;
  private static final int CANVASES = 3;

  private DeviceCheck() {}

  /** The largest difference that rounding explains. */
  static double tolerance(ComputeType type) {
    return type == ComputeType.FLOAT32 ? 1e-4 : 0.05;
  }

  /** The size (root mean square) of the difference in units of the spread of what is right. */
  static double difference(Kernels kernels, ComputeType type) throws Exception {
    TensorSource weights = Contestants.weights(NETWORK, SCALE);
    try (Kernels cpu = Kernels.open(Device.CPU);
        Denoiser expected = Networks.denoiser(NETWORK, weights, cpu, ComputeType.FLOAT32);
        Denoiser checked = Networks.denoiser(NETWORK, weights, kernels, type)) {
      var random = new Random(3);
      var right = new ArrayList<Double>();
      var found = new ArrayList<Double>();
      for (int pass = 0; pass < PASSES; pass++) {
        List<DenoiseTask> tasks = tasks(random);
        expected.denoise(tasks).forEach(candidates -> addTo(right, candidates));
        checked.denoise(tasks).forEach(candidates -> addTo(found, candidates));
      }
      return difference(right, found);
    }
  }

  private static void addTo(List<Double> logarithms, Candidates candidates) {
    for (float confidence : candidates.confidences()) {
      logarithms.add(Math.log(confidence));
    }
  }

  static double difference(List<Double> right, List<Double> found) {
    double mean = right.stream().mapToDouble(x -> x).average().orElseThrow();
    double spread = 0;
    double error = 0;
    for (int i = 0; i < right.size(); i++) {
      spread += Math.pow(right.get(i) - mean, 2);
      error += Math.pow(found.get(i) - right.get(i), 2);
    }
    return Math.sqrt(error / spread);
  }

  /** A third of each canvas is masked; the tokens of the rest are scored. */
  private static List<DenoiseTask> tasks(Random random) {
    var tasks = new ArrayList<DenoiseTask>();
    for (int b = 0; b < CANVASES; b++) {
      int[] canvas = random.ints(LENGTH, 0, NETWORK.vocabularySize() - 1).toArray();
      for (int i = 0; i < LENGTH; i++) {
        if (random.nextInt(3) == 0) {
          canvas[i] = NETWORK.maskToken();
        }
      }
      int[] rows =
          IntStream.range(0, LENGTH).filter(i -> canvas[i] != NETWORK.maskToken()).toArray();
      tasks.add(new DenoiseTask(canvas, rows, Sampling.GREEDY, 1, 0));
    }
    return tasks;
  }
}
