package io.redraft.model.train.stage;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.LongArrays;
import io.redraft.model.train.MicroBatching;
import io.redraft.model.train.NetworkOnDevice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.OptimizerArrays;
import io.redraft.model.train.ReplayedSteps;
import io.redraft.model.train.RotaryTable;
import io.redraft.model.train.StepInputs;
import io.redraft.model.train.config.OptimizerSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A stage under training on its device. What learns are {@link OptimizerArrays}, and everything
 * else is read only; blocks that no gradient reaches record nothing. Dropout acts in what learns
 * only. A step is one native call a micro-batch and one for the update, and nothing is read back
 * until {@link #drain}. Confined to the thread that owns the kernels.
 */
public final class StageOnDevice implements MicroBatching.Device<TokenBatch>, AutoCloseable {
  /**
   * The numbers of one step.
   *
   * @param step those of every training step; the loss without the consistency loss
   * @param consistency what the consistency loss added
   */
  public record StageNumbers(NetworkOnDevice.StepNumbers step, float consistency) {
    static StageNumbers of(float[] line) {
      return new StageNumbers(NetworkOnDevice.StepNumbers.of(line), line[4]);
    }
  }

  /**
   * What decides what a micro-batch launches: its sizes, the format of a given stream, and the
   * weight of the distance, which kernels take as a constant.
   */
  private record Kind(StepInputs.Shape shape, Optional<ComputeType> stream, double distance) {}

  private final Kernels kernels;
  private final StageLayout layout;
  private final Numerics numerics;
  private final DeviceScope scope;
  private final OptimizerArrays arrays;
  private final FrozenWeights frozen;
  private final SpectralVectors spectral;
  private final ReplayedSteps<Kind> replayed;
  private final StagePlan plan;
  private final RotaryTable rotary;
  private final NDArray noStream;
  private final NDArray noIds;
  private final NDManager host;

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
    this.frozen = new FrozenWeights(kernels, scope, layout, numerics.type(), source);
    var norms = new SpectralNorms(layout);
    this.plan = new StagePlan(layout, frozen, norms);
    this.rotary = new RotaryTable(layout.network(), scope);
    var learned = first.optimizer().weights().length;
    if (learned != layout.length() || first.spectral().length != norms.length()) {
      throw InvalidInputException.of(
          "state of stage " + layout.stage().number(),
          learned + " weights and " + first.spectral().length + " more",
          layout.length() + " and " + norms.length());
    }
    this.arrays =
        new OptimizerArrays(kernels, scope, first.optimizer(), Math.toIntExact(layout.decayed()));
    this.spectral = new SpectralVectors(kernels, scope, norms, first.spectral(), numerics.replay());
    this.replayed = new ReplayedSteps<>(kernels, numerics.replay());
    this.noStream = new LongArrays(kernels, scope).bytes(new byte[4]);
    this.noIds = scope.ints(new int[1], 1);
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
    batch.checkFor(layout);
    if (consistent() && batch.lessMasked().length == 0) {
      throw new IllegalArgumentException("a consistency loss without less masked inputs");
    }
    if (numerics.dropout() > 0 || numerics.attentionDropout() > 0) {
      Engine.getEngine("PyTorch").setRandomSeed((int) CounterHash.bits(dropoutSeed, 0));
    }
    spectral.iterate(arrays.weights());
    var tokens = batch.tokens();
    // The same with and without recording, so that both compute the same.
    var multiple = StepInputs.rowMultiple(tokens, kernels.device().isGpu());
    var inputs = StepInputs.of(tokens.padRows(multiple), layout.network());
    var real = plan.reals(numerics, batch.share());
    var kind =
        new Kind(inputs.shape(), batch.stream().map(CachedStream::type), real[real.length - 1]);
    var angles = rotary.of(tokens);
    try (var step = kernels.scope()) {
      replayed.run(
          kind, read(inputs, batch, step), read -> differentiate(kind, read, angles, real));
    }
  }

  /** What a micro-batch reads: what every batch has, then a given stream, then less masked ids. */
  private List<NDArray> read(StepInputs inputs, StageBatch batch, DeviceScope step) {
    var read = inputs.arrays(step);
    batch.stream().ifPresent(stream -> read.add(step.bytes(stream.bytes())));
    if (consistent()) {
      read.add(step.ints(batch.lessMasked(), batch.tokens().batch(), batch.tokens().length()));
    }
    return read;
  }

  private void differentiate(Kind kind, List<NDArray> read, NDArray angles, double[] real) {
    var floats = read.size() - (kind.stream().isPresent() ? 1 : 0) - (consistent() ? 1 : 0);
    try (var step = kernels.scope();
        var settings = host.newSubManager()) {
      var call =
          arrays
              .pass(kernels.train("stage_micro", step))
              .tensor(read.get(0))
              .tensors(read.subList(1, floats));
      frozen
          .pass(call)
          .tensors(
              List.of(
                  kind.stream().isPresent() ? read.get(floats) : noStream,
                  consistent() ? read.get(read.size() - 1) : noIds,
                  spectral.array()))
          .tensor(angles)
          .tensor(settings.create(net(kind.shape())))
          .tensor(settings.create(plan.numbers(kind.stream().orElse(null), consistent())))
          .tensor(settings.create(real))
          .run()
          .forEach(result -> result.attach(step.manager()));
    }
  }

  private boolean consistent() {
    return layout.stage().mechanics().consistency() > 0;
  }

  private long[] net(StepInputs.Shape shape) {
    return shape.kind().net(layout.network(), numerics, false);
  }

  @Override
  public void discard() {
    replayed.forget();
    spectral.forget();
    arrays.discard();
  }

  /** Recordings are given back, and everything is launched kernel by kernel from then on. */
  @Override
  public boolean giveBack() {
    return spectral.stop() | replayed.stop(); // both
  }

  /** Applies the accumulated gradient and clears it. */
  public void update(OptimizerSettings settings, double learningRate, double emaDecay) {
    spectral.end(arrays.weights(), arrays.gradient());
    arrays.update(settings, learningRate, emaDecay);
  }

  /** Steps whose numbers wait to be drained. */
  public int pending() {
    return arrays.pending();
  }

  /** Numbers of the steps since the last call, oldest first; waits for the device. */
  public List<StageNumbers> drain() {
    return arrays.drain(StageNumbers::of);
  }

  /** Micro-batches whose launches were replayed. */
  public long replays() {
    return replayed.replays();
  }

  /** Cross-entropy in nats at every row of a batch that is read from its ids. */
  public float[] crossEntropy(TokenBatch batch, boolean average) {
    return crossEntropy(StageBatch.of(batch), average);
  }

  /** Cross-entropy in nats at every row of a batch, under the averaged or the current weights. */
  public float[] crossEntropy(StageBatch batch, boolean average) {
    batch.checkFor(layout);
    var padded = batch.tokens().padRows(StepInputs.ROW_MULTIPLE);
    var inputs = StepInputs.of(padded, layout.network());
    try (var step = kernels.scope();
        var settings = host.newSubManager()) {
      var call =
          kernels
              .call("stage_score", step)
              .tensor(arrays.asked(average))
              .tensor(inputs.ints(step))
              .integer(padded.size())
              .tensors(inputs.floats(step));
      var stream = batch.stream().map(s -> step.bytes(s.bytes())).orElse(noStream);
      var found =
          frozen
              .pass(call)
              .tensors(List.of(stream, noIds, spectral.array()))
              .tensor(rotary.of(batch.tokens()))
              .integers(net(inputs.shape()))
              .integers(plan.numbers(batch.stream().map(CachedStream::type).orElse(null), false))
              .tensor(settings.create(plan.reals(numerics, 0)))
              .runOne();
      return Arrays.copyOf(found.toFloatArray(), batch.tokens().size());
    }
  }

  /** The gradient accumulated so far. */
  public float[] gradient() {
    var copies = new LongArrays(kernels, scope);
    try (var step = kernels.scope()) {
      var copy = copies.copy(arrays.gradient(), step);
      spectral.through(arrays.weights(), copy);
      return copies.read(copy);
    }
  }

  /** Brings everything that a step changes to the host; waits for the device. */
  public StageState snapshot() {
    return new StageState(arrays.snapshot(), spectral.read());
  }

  /** The averaged weights of what learns, in the order of the layout. */
  public float[] average() {
    return arrays.read(true);
  }

  /** What learns as it is now, in the order of the layout. */
  public float[] current() {
    return arrays.read(false);
  }

  /**
   * What the stage would commit now: its averaged weights as a plain network's.
   *
   * @param source the weights that the stage began with
   */
  public StageWeights weights(Function<String, float[]> source) {
    return new StageWeights(layout, average(), spectral.read(), source);
  }

  @Override
  public void close() {
    replayed.close();
    spectral.close();
    scope.close();
  }
}
