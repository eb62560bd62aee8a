package io.redraft.model.train;

import ai.djl.ndarray.NDArray;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TrainingCall;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * What an optimizer works on, on its device: the weights that learn, their gradient, AdamW's
 * moments and the average, each one flat float32 array of the same places, and the numbers of the
 * steps since the last {@link #drain}. The arrays stay where they are as long as the scope lives,
 * so that recorded launches may write to them. Confined to the thread that owns the kernels.
 */
public final class OptimizerArrays {
  /** Steps whose numbers are kept on the device between two calls of {@link #drain}. */
  public static final int LINES = 256;

  /** Loss, cross-entropy, gradient norm, whether it was skipped, and what a stage adds. */
  private static final int COLUMNS = 5;

  private final Kernels kernels;
  private final LongArrays arrays;
  private final int decayed;
  private final NDArray weights;
  private final NDArray gradient;
  private final NDArray firstMoment;
  private final NDArray secondMoment;
  private final NDArray average;
  private final NDArray updates;
  private final NDArray stats;
  private final NDArray cursor;
  private int lines;
  private boolean averaged = true;

  /**
   * Brings a state to the kernels' device.
   *
   * @param scope that the arrays live as long as
   * @param first the state; moments without elements are zero, an average without elements is the
   *     weights
   * @param decayed number of weights that weight decay acts on; they come first
   */
  public OptimizerArrays(Kernels kernels, DeviceScope scope, OptimizerState first, int decayed) {
    this.kernels = kernels;
    this.arrays = new LongArrays(kernels, scope);
    this.decayed = decayed;
    var n = first.weights().length;
    this.weights = arrays.floats(first.weights(), n);
    this.gradient = scope.zeros(n);
    this.firstMoment = arrays.floats(first.firstMoment(), n);
    this.secondMoment = arrays.floats(first.secondMoment(), n);
    this.average =
        arrays.floats(first.average().length == 0 ? first.weights() : first.average(), n);
    this.updates = scope.floats(new float[] {first.updates()});
    this.stats = scope.zeros(LINES, COLUMNS);
    this.cursor = scope.longs(new long[1], 1);
  }

  /** The weights (n). */
  public NDArray weights() {
    return weights;
  }

  /** The gradient accumulated so far (n). */
  public NDArray gradient() {
    return gradient;
  }

  /** The weights that are asked: the averaged or the current ones (n). */
  public NDArray asked(boolean average) {
    if (average) {
      bringAverage();
    }
    return average ? this.average : weights;
  }

  /** Passes what a micro-batch reads and writes: weights, gradient, numbers and their line. */
  public TrainingCall pass(TrainingCall call) {
    return call.tensor(weights).tensor(gradient).tensor(stats).tensor(cursor);
  }

  /** Forgets the gradient accumulated since the last update. */
  public void discard() {
    clear(gradient, gradient);
  }

  /** Applies the accumulated gradient and clears it. */
  public void update(OptimizerSettings settings, double learningRate, double emaDecay) {
    if (lines == LINES) {
      throw new IllegalStateException("drain() at least every " + LINES + " steps");
    }
    lines++;
    averaged = emaDecay > 0;
    try (var step = kernels.scope()) {
      kernels
          .call("train_update", step)
          .tensors(
              Arrays.asList(
                  weights, gradient, firstMoment, secondMoment, average, updates, stats, cursor))
          .integer(decayed)
          .number(learningRate)
          .number(settings.beta1())
          .number(settings.beta2())
          .number(settings.epsilon())
          .number(settings.weightDecay())
          .number(settings.clip())
          .number(emaDecay)
          .runInPlace();
    }
  }

  /** Steps whose numbers wait to be drained. */
  public int pending() {
    return lines;
  }

  /**
   * Numbers of the steps since the last call, oldest first; waits for the device.
   *
   * @param line from the numbers of a step, see {@link NetworkOnDevice.StepNumbers#of}; the fifth
   *     is the consistency loss of a stage
   */
  public <T> List<T> drain(Function<float[], T> line) {
    var values = stats.toFloatArray();
    var numbers = new ArrayList<T>(lines);
    for (var i = 0; i < lines; i++) {
      numbers.add(line.apply(Arrays.copyOfRange(values, i * COLUMNS, (i + 1) * COLUMNS)));
    }
    lines = 0;
    clear(stats, cursor);
    return numbers;
  }

  private void clear(NDArray array, NDArray other) {
    try (var step = kernels.scope()) {
      kernels.call("train_clear", step).tensor(array).tensor(other).runInPlace();
    }
  }

  /** Brings everything that the optimizer changes to the host; waits for the device. */
  public OptimizerState snapshot() {
    bringAverage();
    return new OptimizerState(
        arrays.read(weights),
        arrays.read(firstMoment),
        arrays.read(secondMoment),
        arrays.read(average),
        (long) updates.toFloatArray()[0]);
  }

  /** The averaged weights, or the current ones, on the host. */
  public float[] read(boolean average) {
    return arrays.read(asked(average));
  }

  /** An average that keeps nothing is not written at every step: it is the weights. */
  private void bringAverage() {
    if (!averaged) {
      try (var step = kernels.scope()) {
        kernels.call("overwrite", step).tensor(average).tensor(weights).runInPlace();
      }
      averaged = true;
    }
  }
}
