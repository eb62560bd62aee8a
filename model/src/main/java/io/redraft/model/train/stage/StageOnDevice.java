package io.redraft.model.train.stage;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.MicroBatching;
import io.redraft.model.train.NetworkOnDevice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.OptimizerState;
import io.redraft.model.train.RotaryTable;
import io.redraft.model.train.StepInputs;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A stage under training on its device. What learns lies in flat float32 arrays as in a {@link
 * NetworkOnDevice}, and everything else is read only; blocks that no gradient reaches record
 * nothing. Dropout acts in what learns only. A step is one native call a micro-batch and one for
 * the update, and nothing is read back until {@link #drain}. Confined to the thread that owns the
 * kernels.
 */
public final class StageOnDevice implements MicroBatching.Device<TokenBatch>, AutoCloseable {
  /** Steps whose numbers are kept on the device between two calls of {@link #drain}. */
  public static final int LINES = NetworkOnDevice.LINES;

  private static final int COLUMNS = 5;
  private static final int ROW_MULTIPLE = 512;
  private static final int WEIGHTS = 0;
  private static final int GRADIENT = 1;
  private static final int AVERAGE = 4;
  private static final int UPDATES = 5;
  private static final int STATS = 6;
  private static final int CURSOR = 7;

  /**
   * The numbers of one step.
   *
   * @param step those of every training step; the loss without the consistency loss
   * @param consistency what the consistency loss added
   */
  public record StageNumbers(NetworkOnDevice.StepNumbers step, float consistency) {}

  private final Kernels kernels;
  private final StageLayout layout;
  private final Numerics numerics;
  private final DeviceScope scope;
  private final LongArrays arrays;
  private final FrozenWeights frozen;
  private final SpectralNorms norms;
  private final StagePlan plan;
  private final RotaryTable rotary;
  private final NDArray[] state; // p, acc, m, v, ema, step, stats, cursor
  private final NDArray spectral;
  private final NDArray nothing;
  private final NDManager host;
  private int lines;
  private boolean averaged = true;
  private boolean iterated;

  /**
   * Brings a stage to the kernels' device.
   *
   * @param source all weights that the stage reads, by their standard names; asked for those that
   *     do not learn
   */
  public StageOnDevice(
      Kernels kernels,
      StageLayout layout,
      Numerics numerics,
      Function<String, float[]> source,
      StageState first) {
    this.kernels = kernels;
    this.layout = layout;
    this.numerics = numerics;
    this.scope = kernels.scope();
    this.arrays = new LongArrays(kernels, scope);
    var type = numerics.bfloat16() ? ComputeType.BFLOAT16 : ComputeType.FLOAT32;
    this.frozen = new FrozenWeights(kernels, scope, layout, type, source);
    this.norms = new SpectralNorms(layout);
    this.plan = new StagePlan(layout, frozen, norms);
    this.rotary = new RotaryTable(layout.network(), scope);
    var n = Math.toIntExact(layout.size());
    var optimizer = first.optimizer();
    if (optimizer.weights().length != n || first.spectral().length != norms.length()) {
      throw InvalidInputException.of(
          "state of stage " + layout.stage().number(),
          optimizer.weights().length + " weights and " + first.spectral().length + " more",
          n + " and " + norms.length());
    }
    var average = optimizer.average().length == 0 ? optimizer.weights() : optimizer.average();
    this.state =
        new NDArray[] {
          arrays.floats(optimizer.weights(), n),
          scope.zeros(n),
          arrays.floats(optimizer.firstMoment(), n),
          arrays.floats(optimizer.secondMoment(), n),
          arrays.floats(average, n),
          scope.floats(new float[] {optimizer.updates()}),
          scope.zeros(LINES, COLUMNS),
          scope.longs(new long[1], 1)
        };
    this.spectral = arrays.floats(first.spectral(), Math.max(1, norms.length()));
    this.nothing = arrays.bytes(new byte[4]);
    // Read by the kernel's own control flow: on the host, so that no step waits for the device.
    this.host = scope.manager().newSubManager(ai.djl.Device.cpu());
  }

  /** How what does not learn is kept: relative error of its matrices (Frobenius), 0 for exact. */
  public double quantizationError() {
    return frozen.quantizationError();
  }

  /** What learns, and where it lies. */
  public StageLayout layout() {
    return layout;
  }

  @Override
  public void accumulate(TokenBatch batch, long dropoutSeed) {
    accumulate(StageBatch.of(batch), dropoutSeed);
  }

  /**
   * Adds a micro-batch's gradient.
   *
   * @param dropoutSeed fixes which activations are dropped
   * @throws IllegalArgumentException if the batch has not what the stage reads
   */
  public void accumulate(StageBatch batch, long dropoutSeed) {
    check(batch);
    var mechanics = layout.stage().mechanics();
    if (mechanics.consistency() > 0 && batch.lessMasked().length == 0) {
      throw new IllegalArgumentException("a consistency loss without less masked inputs");
    }
    if (numerics.dropout() > 0 || numerics.attentionDropout() > 0) {
      Engine.getEngine("PyTorch").setRandomSeed((int) CounterHash.bits(dropoutSeed, 0));
    }
    iterate();
    var inputs = StepInputs.of(batch.tokens().padRows(ROW_MULTIPLE), layout.network());
    try (var step = kernels.scope();
        var settings = host.newSubManager()) {
      var call =
          kernels
              .train("stage_micro", step)
              .tensor(state[WEIGHTS])
              .tensor(state[GRADIENT])
              .tensor(state[STATS])
              .tensor(state[CURSOR])
              .tensor(inputs.ints(step))
              .tensors(inputs.floats(step));
      frozen
          .pass(call)
          .tensors(others(batch, step))
          .tensor(rotary.of(batch.tokens()))
          .tensor(settings.create(net(inputs)))
          .tensor(settings.create(plan(batch, mechanics.consistency() > 0)))
          .tensor(settings.create(real(batch.share())))
          .run()
          .forEach(result -> result.attach(step.manager()));
    }
  }

  private void check(StageBatch batch) {
    if (!batch.tokens().noise().none()) {
      throw new IllegalArgumentException("a stage does not noise embeddings");
    }
    if (batch.stream().isPresent() != layout.stage().mechanics().cached()) {
      throw new IllegalArgumentException(
          layout.stage().mechanics().cached()
              ? "a stage that reads a cache is asked without a stream"
              : "a stream is given to a stage that reads ids");
    }
    batch.stream().ifPresent(s -> checkSize(batch.tokens(), s));
  }

  private void checkSize(TokenBatch tokens, CachedStream stream) {
    var numbers = (long) tokens.batch() * tokens.length() * layout.network().width();
    if (stream.bytes().remaining() != numbers * CachedStream.numberBytes(stream.type())) {
      throw InvalidInputException.of(
          "cached stream",
          stream.bytes().remaining() + " bytes",
          numbers + " numbers of " + CachedStream.numberBytes(stream.type()) + " bytes");
    }
  }

  /** Improves the estimates of singular vectors, once a step. */
  private void iterate() {
    if (!iterated && norms.length() > 0) {
      try (var step = kernels.scope()) {
        kernels
            .call("stage_iterate", step)
            .tensor(state[WEIGHTS])
            .tensor(spectral)
            .integers(norms.matrices())
            .runInPlace();
      }
    }
    iterated = true;
  }

  private long[] net(StepInputs inputs) {
    return inputs.shape().kind().net(layout.network(), numerics, false);
  }

  private long[] plan(StageBatch batch, boolean consistent) {
    return plan.numbers(batch.stream().map(CachedStream::type).orElse(null), consistent);
  }

  private double[] real(double share) {
    var mechanics = layout.stage().mechanics();
    return new double[] {
      layout.network().normEpsilon(),
      numerics.dropout(),
      numerics.attentionDropout(),
      mechanics.residualGain(),
      mechanics.adapterScale(),
      mechanics.consistency() * share
    };
  }

  private List<NDArray> others(StageBatch batch, DeviceScope step) {
    var ids = batch.lessMasked();
    return List.of(
        batch.stream().map(s -> step.bytes(s.bytes())).orElse(nothing),
        ids.length == 0
            ? step.ints(new int[1], 1)
            : step.ints(ids, batch.tokens().batch(), batch.tokens().length()),
        spectral);
  }

  @Override
  public void discard() {
    try (var step = kernels.scope()) {
      kernels
          .call("train_clear", step)
          .tensor(state[GRADIENT])
          .tensor(state[GRADIENT])
          .runInPlace();
    }
  }

  /** Applies the accumulated gradient and clears it. */
  public void update(OptimizerSettings settings, double learningRate, double emaDecay) {
    if (lines == LINES) {
      throw new IllegalStateException("drain() at least every " + LINES + " steps");
    }
    lines++;
    averaged = emaDecay > 0;
    iterated = false;
    try (var step = kernels.scope()) {
      throughNorms(state[GRADIENT], step);
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

  /** From gradients by normalised matrices to those by the matrices that learn, in place. */
  private void throughNorms(NDArray gradient, DeviceScope step) {
    if (norms.length() > 0) {
      kernels
          .call("stage_normalized_gradient", step)
          .tensor(state[WEIGHTS])
          .tensor(gradient)
          .tensor(spectral)
          .integers(norms.matrices())
          .runInPlace();
    }
  }

  /** Steps whose numbers wait to be drained. */
  public int pending() {
    return lines;
  }

  /** Numbers of the steps since the last call, oldest first; waits for the device. */
  public List<StageNumbers> drain() {
    var values = state[STATS].toFloatArray();
    var numbers = new ArrayList<StageNumbers>(lines);
    for (var i = 0; i < lines; i++) {
      var at = i * COLUMNS;
      var step =
          new NetworkOnDevice.StepNumbers(
              values[at], values[at + 1], values[at + 2], values[at + 3] != 0);
      numbers.add(new StageNumbers(step, values[at + 4]));
    }
    lines = 0;
    try (var step = kernels.scope()) {
      kernels.call("train_clear", step).tensor(state[STATS]).tensor(state[CURSOR]).runInPlace();
    }
    return numbers;
  }

  /** Cross-entropy in nats at every row of a batch that is read from its ids. */
  public float[] crossEntropy(TokenBatch batch, boolean average) {
    return crossEntropy(StageBatch.of(batch), average);
  }

  /** Cross-entropy in nats at every row of a batch, under the averaged or the current weights. */
  public float[] crossEntropy(StageBatch batch, boolean average) {
    check(batch);
    if (average) {
      bringAverage();
    }
    try (var step = kernels.scope();
        var settings = host.newSubManager()) {
      var found = score(batch, average, step, settings).runOne();
      return Arrays.copyOf(found.toFloatArray(), batch.tokens().size());
    }
  }

  private KernelCall score(
      StageBatch batch, boolean average, DeviceScope step, NDManager settings) {
    var padded = batch.tokens().padRows(ROW_MULTIPLE);
    var inputs = StepInputs.of(padded, layout.network());
    var call =
        kernels
            .call("stage_score", step)
            .tensor(state[average ? AVERAGE : WEIGHTS])
            .tensor(inputs.ints(step))
            .integer(padded.size())
            .tensors(inputs.floats(step));
    return frozen
        .pass(call)
        .tensors(others(batch, step))
        .tensor(rotary.of(batch.tokens()))
        .integers(net(inputs))
        .integers(plan(batch, false))
        .tensor(settings.create(real(0)));
  }

  /** The gradient accumulated so far. */
  public float[] gradient() {
    try (var step = kernels.scope()) {
      var copy = arrays.copy(state[GRADIENT], step);
      throughNorms(copy, step);
      return arrays.read(copy);
    }
  }

  /** Brings everything that a step changes to the host; waits for the device. */
  public StageState snapshot() {
    bringAverage();
    var optimizer =
        new OptimizerState(
            arrays.read(state[WEIGHTS]),
            arrays.read(state[2]),
            arrays.read(state[3]),
            arrays.read(state[AVERAGE]),
            (long) state[UPDATES].toFloatArray()[0]);
    return new StageState(optimizer, vectors());
  }

  private float[] vectors() {
    return Arrays.copyOf(arrays.read(spectral), norms.length());
  }

  /** The averaged weights of what learns, in the order of the layout. */
  public float[] average() {
    bringAverage();
    return arrays.read(state[AVERAGE]);
  }

  /**
   * What the stage would commit now: its averaged weights as a plain network's.
   *
   * @param source the weights that the stage began with
   */
  public StageWeights weights(Function<String, float[]> source) {
    return new StageWeights(layout, average(), vectors(), source);
  }

  /** An average that keeps nothing is not written at every step: it is the weights. */
  private void bringAverage() {
    if (!averaged) {
      try (var step = kernels.scope()) {
        kernels.call("overwrite", step).tensor(state[AVERAGE]).tensor(state[0]).runInPlace();
      }
      averaged = true;
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
