package io.redraft.model.train;

import ai.djl.engine.EngineException;
import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A training run on one device.
 *
 * <p>Exact resume: samples, times, masks and dropped activations are functions of the seed and the
 * step, and a checkpoint holds everything else that a step reads. On the CPU, whose sums have a
 * fixed order, the losses after a resume are those of a run that never stopped, bit for bit.
 */
public final class Trainer implements TrainingSession {
  private static final int EVALUATION_BATCH = 64;

  private final TrainingConfig config;
  private final RunFolder folder;
  private final TrainingData data;
  private final Kernels kernels;
  private final ParameterLayout layout;
  private final BatchPlan plan;
  private final CheckpointFolder checkpoints;
  private final RunMetrics metrics;
  private final PeakSpeed peak;
  private final Pace pace;
  private final NetworkOnDevice network;
  private final String corpus;
  private final long dropoutSeed;
  private final List<Float> window;
  private final SkippedSteps skips;
  private final MicroBatching microBatching;
  private final MicroBatching evaluationBatching = new MicroBatching(EVALUATION_BATCH);
  private final long firstStep;
  private long steps;
  private long step;
  private long checkpointed = -1;
  private long evaluated = -1;
  private Evaluation lastEvaluation;

  private Trainer(TrainingConfig config, TrainingData data, Kernels kernels, boolean resume)
      throws IOException {
    this.config = config;
    this.steps = config.training().steps();
    this.folder = new RunFolder(config.run().folder());
    this.data = data;
    this.kernels = kernels;
    var shape = NetworkChoice.of(config, data.tokenizer());
    this.layout = new ParameterLayout(shape, config.objective().noiseHead());
    this.plan = new BatchPlan(data.training(), config, shape.maskToken());
    this.corpus = data.training().checksum();
    this.dropoutSeed = CounterHash.derive(config.run().seed(), "dropout");
    this.checkpoints = new CheckpointFolder(folder.checkpoints(), layout);
    checkpoints.sweep();
    var last = resume ? checkpoints.newest(this::refuseForeign) : Optional.<Checkpoint>empty();
    this.step = last.map(Checkpoint::step).orElse(0L);
    this.firstStep = step;
    this.skips =
        new SkippedSteps(
            config.training().maxSkipped(),
            last.map(Checkpoint::skipped).orElse(0L),
            last.map(Checkpoint::skippedInARow).orElse(0));
    this.microBatching =
        new MicroBatching(
            Math.min(
                config.training().batch(),
                last.map(Checkpoint::microBatch).orElse(Integer.MAX_VALUE)));
    this.window = new ArrayList<>(last.map(Checkpoint::window).orElse(List.of()));
    var state = last.map(Checkpoint::state).orElseGet(this::firstState);
    folder.record(config, data.tokenizerJson());
    var numerics = DeviceChoice.numerics(config, kernels, shape);
    this.peak =
        PeakSpeed.measure(
            kernels.device(),
            shape,
            microBatching.sequences() * config.model().context(),
            numerics);
    this.network = new NetworkOnDevice(kernels, layout, numerics, state);
    this.pace =
        new Pace(new ModelFlops(shape), peak.flops(), tokensPerStep(), step, System::nanoTime);
    this.metrics = RunMetrics.open(folder, step, Clock.systemUTC());
  }

  /**
   * Begins or continues a run: reads the data, finds the device and the newest checkpoint.
   *
   * @param resume whether to go on from the newest checkpoint, if there is one
   * @throws InvalidInputException if the settings, the files or the run's folder do not allow it
   * @throws TrainingHaltedException if the device's memory does not hold the network
   */
  public static Trainer open(TrainingConfig config, boolean resume) throws IOException {
    new RunFolder(config.run().folder()).refuseUnless(resume);
    var device = DeviceChoice.of(config.run().device());
    var kernels = DeviceChoice.open(device);
    try {
      return new Trainer(config, new TrainingDataLoader(config).load(), kernels, resume);
    } catch (EngineException e) {
      kernels.close();
      throw MicroBatching.outOfMemory(e)
          ? new TrainingHaltedException(
              "the memory of "
                  + device
                  + " does not hold the weights and their moments; train a"
                  + " smaller model, or on another run.device",
              e)
          : e;
    } catch (IOException | RuntimeException e) {
      kernels.close();
      throw e;
    }
  }

  private OptimizerState firstState() {
    var seed = CounterHash.derive(config.run().seed(), "weights");
    var weights =
        config.model().initial() == null
            ? Initialization.of(layout, seed)
            : InitialModel.open(config.model()).weights(layout, seed);
    return OptimizerState.first(weights);
  }

  private void refuseForeign(Map<String, String> began, String text) {
    config.refuseChangedSince(began);
    if (!text.equals(corpus)) {
      throw InvalidInputException.of(
          "data.files",
          "a text with checksum " + corpus,
          "the text that this run began with, checksum " + text);
    }
  }

  @Override
  public Description description() {
    return new Description(
        kernels.device().toString(),
        layout.size(),
        data.training().length(),
        steps,
        firstStep,
        tokensPerStep(),
        microBatching.sequences(),
        peak.toString());
  }

  private long tokensPerStep() {
    return (long) config.training().batch()
        * config.training().accumulate()
        * config.model().context();
  }

  @Override
  public long stepsTaken() {
    return step;
  }

  @Override
  public boolean done() {
    return step >= steps;
  }

  @Override
  public void changeSteps(long steps) {
    if (steps < 1) {
      throw InvalidInputException.of("steps", steps, "1 or more");
    }
    this.steps = steps;
  }

  @Override
  public Optional<Logged> step() throws IOException {
    var seeds = new long[config.training().accumulate()];
    Arrays.setAll(seeds, micro -> CounterHash.bits(dropoutSeed, step, micro));
    var batches = plan.step(step);
    microBatching.accumulate(new Accumulator(), batches, seeds);
    batches.forEach(batch -> pace.asked(batch.inputs().length, batch.size()));
    var rate = config.optimizer().learningRate(step, steps);
    network.update(config.optimizer(), rate, config.optimizer().emaDecay(step));
    step++;
    if (step % config.training().logEvery() == 0 || done()) {
      return Optional.of(log(collect(), rate));
    }
    if (network.pending() == NetworkOnDevice.LINES) {
      collect();
    }
    return Optional.empty();
  }

  /** The network as {@link MicroBatching} sees it. */
  private final class Accumulator implements MicroBatching.Device {
    @Override
    public void accumulate(TokenBatch batch, long seed) {
      network.accumulate(batch, seed);
    }

    @Override
    public void discard() {
      collect(); // or the numbers of earlier steps would be lost with those of this one
      network.discard();
    }
  }

  /** Brings the device's numbers to the window and returns the newest gradient norm. */
  private double collect() {
    var norm = Double.NaN;
    var numbered = step - network.pending();
    for (var numbers : network.drain()) {
      if (!numbers.skipped()) {
        window.add(numbers.loss());
      }
      skips.count(numbers.skipped(), ++numbered);
      norm = numbers.gradientNorm();
    }
    return norm;
  }

  private Logged log(double norm, double rate) throws IOException {
    var sum = 0.0;
    for (var loss : window) {
      sum += loss;
    }
    var found = pace.read(step, steps);
    var logged =
        new Logged(
            step,
            sum / window.size(),
            norm,
            rate,
            skips.all(),
            found.tokensPerSecond(),
            found.utilization(),
            found.secondsLeft(),
            microBatching.sequences());
    window.clear();
    metrics.logged(logged, plan.passes(step));
    return logged;
  }

  @Override
  public boolean evaluationDue() {
    var every = config.training().evaluateEvery();
    return data.validation().tokens().length > 1 && every > 0 && (step % every == 0 || done());
  }

  @Override
  public Evaluation evaluate() throws IOException {
    collect(); // the steps that are still under way belong to training's time
    var paused = pace.now();
    var evaluator =
        new BoundEvaluator(
            batch ->
                evaluationBatching.crossEntropy(batch, part -> network.crossEntropy(part, true)),
            layout.network(),
            EVALUATION_BATCH);
    var found =
        evaluator.evaluate(
            data.validation(), config.training().evaluateMasks(), config.run().seed(), done -> {});
    metrics.evaluated(step, found);
    lastEvaluation = found;
    evaluated = step;
    pace.leaveOut(paused);
    return found;
  }

  @Override
  public boolean checkpointDue() {
    return step % config.training().checkpointEvery() == 0 || done();
  }

  @Override
  public void checkpoint() throws IOException {
    if (checkpointed == step) {
      return;
    }
    collect();
    var paused = pace.now();
    var checkpoint =
        new Checkpoint(
            step,
            network.snapshot(),
            config.binding(),
            corpus,
            List.copyOf(window),
            skips.all(),
            skips.inARow(),
            microBatching.sequences());
    try {
      checkpoints.write(checkpoint);
    } catch (IOException e) {
      throw new IOException(folder.checkpoints() + ": cannot be written: " + e.getMessage(), e);
    }
    checkpointed = step;
    pace.leaveOut(paused);
  }

  @Override
  public Path finish() throws IOException {
    if (done() && evaluated != step && evaluationDue()) {
      evaluate(); // the run was resumed after its last step
    }
    var finished =
        new FinishedNetwork(
            layout,
            network.average(),
            data.tokenizerJson(),
            data.tokenizer().vocabularySize(),
            step,
            plan.passes(step));
    return new FinishedRun(config, data, kernels, peak)
        .write(finished, evaluated == step ? lastEvaluation : null);
  }

  /** The model so far, in the place where the finished one will be. */
  @Override
  public void leave() throws IOException {
    finish();
  }

  @Override
  public void close() throws IOException {
    try (metrics;
        kernels) {
      network.close();
    }
  }
}
