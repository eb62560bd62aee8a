package io.redraft.model.train;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch as the training kernels read it: one array of whole numbers (ids, rows, targets) and a
 * list of float32 arrays (weights of rows; signal, amount and, if noise is predicted, weights of
 * errors where embeddings are noised; last the mask ratios for a network that is told them).
 *
 * @param shape what decides the arrays' sizes
 * @param mode what is done to embeddings
 */
record StepInputs(Shape shape, Mode mode, int[] packed, List<float[]> reals) {
  /** What is done to embeddings, and what is predicted; kernels know it by its ordinal. */
  enum Mode {
    CLEAN,
    NOISED,
    NOISED_BOTH_PREDICTED,
    NOISED_NOISE_PREDICTED
  }

  /** Numbers of sequences, tokens of each, and rows. */
  record Shape(int batch, int length, int rows, Mode mode) {}

  /** Packs a batch for a network. */
  static StepInputs of(TokenBatch batch, NetworkConfig network) {
    var reals = new ArrayList<float[]>();
    reals.add(batch.weights());
    var mode = mode(batch);
    if (mode != Mode.CLEAN) {
      reals.add(batch.noise().signal());
      reals.add(batch.noise().amount());
    }
    if (batch.noise().predicted()) {
      reals.add(batch.noise().weights());
    }
    if (!network.time().none()) {
      reals.add(batch.toldRatios(network.maskToken()));
    }
    var shape = new Shape(batch.batch(), batch.length(), batch.size(), mode);
    return new StepInputs(shape, mode, pack(batch), reals);
  }

  private static Mode mode(TokenBatch batch) {
    if (batch.noise().none()) {
      return Mode.CLEAN;
    }
    if (!batch.noise().predicted()) {
      return Mode.NOISED;
    }
    return batch.noise().tokens() ? Mode.NOISED_BOTH_PREDICTED : Mode.NOISED_NOISE_PREDICTED;
  }

  private static int[] pack(TokenBatch batch) {
    var inputs = batch.inputs().length;
    var packed = Arrays.copyOf(batch.inputs(), inputs + 2 * batch.size());
    System.arraycopy(batch.rows(), 0, packed, inputs, batch.size());
    System.arraycopy(batch.targets(), 0, packed, inputs + batch.size(), batch.size());
    return packed;
  }

  /** The whole numbers on a device. */
  NDArray ints(DeviceScope scope) {
    return scope.ints(packed, packed.length);
  }

  /** The other arrays on a device. */
  List<NDArray> floats(DeviceScope scope) {
    return reals.stream().map(values -> scope.floats(values, values.length)).toList();
  }
}
