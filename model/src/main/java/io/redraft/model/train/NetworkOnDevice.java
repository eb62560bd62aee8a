package io.redraft.model.train;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.Certainty;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network under training on its device, all of whose weights are {@link OptimizerArrays}. A step
 * is one native call a micro-batch and one for the update, and nothing is read back until {@link
 * #drain}. Confined to the thread that owns the kernels.
 */
public final class NetworkOnDevice implements TrainingLoop.Learner<TokenBatch>, AutoCloseable {
  /** Steps whose numbers are kept on the device between two calls of {@link #drain}. */
  public static final int LINES = OptimizerArrays.LINES;

  /**
   * The numbers of one step.
   *
   * @param loss Σ weight · CE, in nats
   * @param crossEntropy Σ CE over all rows asked about, in nats
   * @param gradientNorm global norm before clipping
   * @param skipped whether the gradient was not finite, and nothing was changed
   */
  public record StepNumbers(float loss, float crossEntropy, float gradientNorm, boolean skipped) {
    /** From a line of {@link OptimizerArrays#drain}. */
    public static StepNumbers of(float[] line) {
      return new StepNumbers(line[0], line[1], line[2], line[3] != 0);
    }
  }

  private final Kernels kernels;
  private final ParameterLayout layout;
  private final Numerics numerics;
  private final RotaryTable rotary;
  private final ReplayedSteps<StepInputs.Shape> replayed;
  private final DeviceScope scope;
  private final OptimizerArrays arrays;
  private final Map<StepInputs.Kind, NDArray> nets = new HashMap<>();
  private final NDManager host;
  private final NDArray real;

  /** Brings a state to the kernels' device, to minimise what batches ask and nothing else. */
  public NetworkOnDevice(
      Kernels kernels, ParameterLayout layout, Numerics numerics, OptimizerState first) {
    this(kernels, layout, numerics, Certainty.NONE, first);
  }

  /** Brings a state to the kernels' device. */
  public NetworkOnDevice(
      Kernels kernels,
      ParameterLayout layout,
      Numerics numerics,
      Certainty certainty,
      OptimizerState first) {
    this.kernels = kernels;
    this.layout = layout;
    this.numerics = numerics;
    this.replayed = new ReplayedSteps<>(kernels, numerics.replay());
    this.scope = kernels.scope();
    this.rotary = new RotaryTable(layout.network(), scope);
    this.arrays = new OptimizerArrays(kernels, scope, first, layout.decayed());
    // Read by the kernel's own control flow: on the host, so that no step waits for the device.
    this.host = scope.manager().newSubManager(ai.djl.Device.cpu());
    this.real =
        host.create(
            new double[] {
              layout.network().normEpsilon(),
              numerics.dropout(),
              numerics.attentionDropout(),
              certainty.weight(),
              certainty.temperature()
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
    var multiple = StepInputs.rowMultiple(batch, replayed.recording());
    var inputs = StepInputs.of(batch.padRows(multiple), layout.network());
    var angles = rotary.of(batch);
    var net = net(inputs.shape().kind());
    try (var step = kernels.scope()) {
      replayed.run(inputs.shape(), inputs.arrays(step), read -> differentiate(read, angles, net));
    }
  }

  private void differentiate(List<NDArray> inputs, NDArray angles, NDArray net) {
    try (var step = kernels.scope()) {
      arrays
          .pass(kernels.train("train_micro", step))
          .tensor(inputs.get(0))
          .tensors(inputs.subList(1, inputs.size()))
          .tensor(angles)
          .tensor(net)
          .tensor(real)
          .run()
          .forEach(result -> result.attach(step.manager()));
    }
  }

  /**
   * Forgets the gradient accumulated since the last update. To be called after a call that failed
   * half-way, when {@link #drain} has taken the numbers of the steps before.
   */
  @Override
  public void discard() {
    replayed.forget();
    arrays.discard();
  }

  @Override
  public void update(OptimizerSettings settings, double learningRate, double emaDecay) {
    arrays.update(settings, learningRate, emaDecay);
  }

  @Override
  public int pending() {
    return arrays.pending();
  }

  @Override
  public List<StepNumbers> drain() {
    return arrays.drain(StepNumbers::of);
  }

  /** Cross-entropy in nats at every row of a batch, under the averaged or the current weights. */
  public float[] crossEntropy(TokenBatch batch, boolean average) {
    var padded = batch.padRows(StepInputs.ROW_MULTIPLE);
    try (var step = kernels.scope()) {
      var inputs = StepInputs.of(padded, layout.network());
      var result =
          kernels
              .call("train_score", step)
              .tensor(arrays.asked(average))
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
    return new LongArrays(kernels, scope).read(arrays.gradient());
  }

  /** Brings everything that the optimizer changes to the host; waits for the device. */
  public OptimizerState snapshot() {
    return arrays.snapshot();
  }

  /** The averaged weights. */
  public float[] average() {
    return arrays.read(true);
  }

  @Override
  public void close() {
    replayed.close();
    scope.close();
  }
}
