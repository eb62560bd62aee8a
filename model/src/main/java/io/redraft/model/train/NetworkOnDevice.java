package io.redraft.model.train;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network under training on its device: weights, gradient, moments and average, each one flat
 * float32 array. A step is one native call a micro-batch and one for the update, and nothing is
 * read back until {@link #drain}. Confined to the thread that owns the kernels.
 */
public final class NetworkOnDevice implements TrainingLoop.Learner<TokenBatch>, AutoCloseable {
  /** Steps whose numbers are kept on the device between two calls of {@link #drain}. */
  public static final int LINES = 256;

  private static final int COLUMNS = 4;
  private static final int ROW_MULTIPLE = 512;

  /**
   * The numbers of one step.
   *
   * @param loss Σ weight · CE, in nats
   * @param crossEntropy Σ CE over all rows asked about, in nats
   * @param gradientNorm global norm before clipping
   * @param skipped whether the gradient was not finite, and nothing was changed
   */
  public record StepNumbers(float loss, float crossEntropy, float gradientNorm, boolean skipped) {}

  private final Kernels kernels;
  private final ParameterLayout layout;
  private final Numerics numerics;
  private final RotaryTable rotary;
  private final Optional<ReplayedSteps> replayed;
  private final DeviceScope scope;
  private final NDArray[] state; // p, acc, m, v, ema, step, stats, cursor
  private final Map<StepInputs.Kind, NDArray> nets = new HashMap<>();
  private final NDManager host;
  private final NDArray real;
  private int lines;
  private boolean averaged = true;

  /** Brings a state to the kernels' device. */
  public NetworkOnDevice(
      Kernels kernels, ParameterLayout layout, Numerics numerics, OptimizerState first) {
    this.kernels = kernels;
    this.layout = layout;
    this.numerics = numerics;
    this.replayed =
        numerics.replay()
            ? kernels.graphs().map(graphs -> new ReplayedSteps(kernels, graphs))
            : Optional.empty();
    this.scope = kernels.scope();
    this.rotary = new RotaryTable(layout.network(), scope);
    var n = layout.size();
    this.state =
        new NDArray[] {
          scope.floats(first.weights(), n),
          scope.zeros(n),
          scope.floats(first.firstMoment(), n),
          scope.floats(first.secondMoment(), n),
          scope.floats(first.average(), n),
          scope.floats(new float[] {first.updates()}),
          scope.zeros(LINES, COLUMNS),
          scope.longs(new long[1], 1)
        };
    // Read by the kernel's own control flow: on the host, so that no step waits for the device.
    this.host = scope.manager().newSubManager(ai.djl.Device.cpu());
    this.real =
        host.create(
            new double[] {
              layout.network().normEpsilon(), numerics.dropout(), numerics.attentionDropout()
            });
  }

  private NDArray net(StepInputs.Kind kind) {
    return nets.computeIfAbsent(kind, k -> host.create(shape(k)));
  }

  private long[] shape(StepInputs.Kind kind) {
    return kind.net(layout.network(), numerics, layout.noiseHead());
  }

  /**
   * Adds a micro-batch's gradient.
   *
   * @param dropoutSeed fixes which activations are dropped, and the noise of embeddings
   */
  public void accumulate(TokenBatch batch, long dropoutSeed) {
    if (batch.noise().predicted() && !layout.noiseHead()) {
      throw new IllegalArgumentException("the network has no layer that predicts noise");
    }
    if (numerics.dropout() > 0 || numerics.attentionDropout() > 0 || !batch.noise().none()) {
      Engine.getEngine("PyTorch").setRandomSeed((int) CounterHash.bits(dropoutSeed, 0));
    }
    var inputs = StepInputs.of(batch.padRows(rowMultiple(batch)), layout.network());
    var angles = rotary.of(batch);
    var net = net(inputs.shape().kind());
    if (replayed.isPresent()) {
      replayed.get().run(inputs, (ints, floats) -> differentiate(ints, floats, angles, net));
      return;
    }
    try (var arrays = kernels.scope()) {
      differentiate(inputs.ints(arrays), inputs.floats(arrays), angles, net);
    }
  }

  private void differentiate(NDArray packed, List<NDArray> floats, NDArray angles, NDArray net) {
    try (var step = kernels.scope()) {
      kernels
          .train("train_micro", step)
          .tensor(state[0])
          .tensor(state[1])
          .tensor(state[6])
          .tensor(state[7])
          .tensor(packed)
          .tensors(floats)
          .tensor(angles)
          .tensor(net)
          .tensor(real)
          .run()
          .forEach(result -> result.attach(step.manager()));
    }
  }

  /** Where shapes are recorded, few of them: a thirty-second of all places, at least. */
  private int rowMultiple(TokenBatch batch) {
    var least = replayed.isPresent() ? batch.batch() * batch.tokens() / 32 : 0;
    return Math.max(ROW_MULTIPLE, (least + ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE);
  }

  /**
   * Forgets the gradient accumulated since the last update. To be called after a call that failed
   * half-way, when {@link #drain} has taken the numbers of the steps before.
   */
  public void discard() {
    replayed.ifPresent(ReplayedSteps::forget);
    try (var step = kernels.scope()) {
      kernels.call("train_clear", step).tensor(state[1]).tensor(state[1]).runInPlace();
    }
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
          .tensors(Arrays.asList(state))
          .integer(layout.decayed())
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

  /** Numbers of the steps since the last call, oldest first; waits for the device. */
  public List<StepNumbers> drain() {
    var values = state[6].toFloatArray();
    var numbers = new ArrayList<StepNumbers>(lines);
    for (var i = 0; i < lines; i++) {
      var at = i * COLUMNS;
      numbers.add(new StepNumbers(values[at], values[at + 1], values[at + 2], values[at + 3] != 0));
    }
    lines = 0;
    try (var step = kernels.scope()) {
      kernels.call("train_clear", step).tensor(state[6]).tensor(state[7]).runInPlace();
    }
    return numbers;
  }

  /** Cross-entropy in nats at every row of a batch, under the averaged or the current weights. */
  public float[] crossEntropy(TokenBatch batch, boolean average) {
    if (average) {
      bringAverage();
    }
    var padded = batch.padRows(ROW_MULTIPLE);
    try (var step = kernels.scope()) {
      var inputs = StepInputs.of(padded, layout.network());
      var result =
          kernels
              .call("train_score", step)
              .tensor(state[average ? 4 : 0])
              .tensor(inputs.ints(step))
              .integer(padded.size())
              .tensors(inputs.floats(step))
              .tensor(rotary.of(batch))
              .integers(shape(inputs.shape().kind()))
              .number(layout.network().normEpsilon())
              .runOne();
      return Arrays.copyOf(result.toFloatArray(), batch.size());
    }
  }

  /** The gradient accumulated so far. */
  public float[] gradient() {
    return state[1].toFloatArray();
  }

  /** Brings everything that the optimizer changes to the host; waits for the device. */
  public OptimizerState snapshot() {
    bringAverage();
    return new OptimizerState(
        state[0].toFloatArray(),
        state[2].toFloatArray(),
        state[3].toFloatArray(),
        state[4].toFloatArray(),
        (long) state[5].toFloatArray()[0]);
  }

  /** The averaged weights. */
  public float[] average() {
    bringAverage();
    return state[4].toFloatArray();
  }

  /** An average that keeps nothing is not written at every step: it is the weights. */
  private void bringAverage() {
    if (!averaged) {
      try (var step = kernels.scope()) {
        kernels.call("overwrite", step).tensor(state[4]).tensor(state[0]).runInPlace();
      }
      averaged = true;
    }
  }

  @Override
  public void close() {
    replayed.ifPresent(ReplayedSteps::close);
    scope.close();
  }
}
