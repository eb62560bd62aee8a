package io.redraft.model.train;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A training run on one device.
 *
 * <p>Exact resume: samples, times, masks and dropped activations are functions of the seed and the
 * step, and a checkpoint holds everything else that a step reads. On the CPU, whose sums have a
 * fixed order, the losses after a resume are those of a run that never stopped, bit for bit.
 */
public final class Trainer implements TrainingSession {
  private final TrainingConfig config;
  private final RunFolder folder;
  private final TrainingData data;
  private final Kernels kernels;
  private final ParameterLayout layout;
  private final CheckpointFolder checkpoints;
  private final PeakSpeed peak;
  private final NetworkOnDevice network;
  private final String corpus;
  private final TrainingLoop<TokenBatch> loop;
  private final ValidationBound bound;
  private long checkpointed = -1;
  private long evaluated = -1;
  private Evaluation lastEvaluation;

  private Trainer(TrainingConfig config, TrainingData data, Kernels kernels, boolean resume)
      throws IOException {
    this.config = config;
    this.folder = new RunFolder(config.run().folder());
    this.data = data;
    this.kernels = kernels;
    var shape = NetworkChoice.of(config, data.tokenizer());
    this.layout = new ParameterLayout(shape, config.objective().noiseHead());
    this.corpus = data.training().checksum();
    this.checkpoints = new CheckpointFolder(folder.checkpoints(), layout);
    checkpoints.sweep();
    var last =
        resume
            ? checkpoints.newest(CheckpointFolder.Objection.toOthersThan(config, corpus))
            : Optional.<Checkpoint>empty();
    var counted =
        last.map(Checkpoint::counted)
            .orElseGet(() -> TrainingLoop.State.first(config.training().batch()));
    var state = last.map(Checkpoint::state).orElseGet(this::firstState);
    folder.record(config, data.tokenizerJson());
    var numerics = DeviceChoice.numerics(config, kernels, shape);
    this.peak =
        PeakSpeed.measure(
            kernels.device(),
            shape,
            Math.min(counted.microBatch(), config.training().batch()) * config.model().context(),
            numerics);
    kernels.trim(); // of what the measurement took
    this.network =
        new NetworkOnDevice(kernels, layout, numerics, config.objective().certainty(), state);
    this.loop =
        TrainingLoop.open(
            folder,
            config,
            network,
            new BatchPlan(data.training(), config, shape.maskToken()),
            counted,
            new ModelFlops(shape),
            peak.flops());
    this.bound =
        new ValidationBound(
            config.training(),
            data.validation(),
            shape,
            config.run().seed(),
            batch -> network.crossEntropy(batch, true));
  }

  /**
   * Begins or continues a run: reads the data, finds the device and the newest checkpoint.
   *
   * @param resume whether to go on from the newest checkpoint, if there is one
   * @throws InvalidInputException if the settings, the files or the run's folder do not allow it
   * @throws TrainingHaltedException if the device's memory does not hold the network
   */
  public static Trainer open(TrainingConfig config, boolean resume) throws IOException {
    return open(config, new TrainingDataLoader(config)::load, resume);
  }

  /**
   * The same for who has read the data already.
   *
   * @param data what a {@link TrainingDataLoader} of these settings has read
   */
  public static Trainer open(TrainingConfig config, TrainingData data, boolean resume)
      throws IOException {
    return open(config, () -> data, resume);
  }

  /** Reads what is learned from. */
  private interface Data {
    TrainingData load() throws IOException;
  }

  private static Trainer open(TrainingConfig config, Data data, boolean resume) throws IOException {
    if (!config.curriculum().none()) {
      throw InvalidInputException.of(
          "curriculum.direction",
          Choice.key(config.curriculum().direction()),
          "none, to train a network as a whole");
    }
    new RunFolder(config.run().folder()).refuseUnless(resume);
    return DeviceChoice.start(
        DeviceChoice.of(config.run().device()),
        kernels -> new Trainer(config, data.load(), kernels, resume),
        "the weights and their moments; train a smaller model, or on another run.device");
  }

  private OptimizerState firstState() {
    var seed = CounterHash.derive(config.run().seed(), "weights");
    var weights =
        config.model().initial() == null
            ? Initialization.of(layout, seed)
            : InitialModel.open(config.model()).weights(layout, seed);
    return OptimizerState.first(weights);
  }

  @Override
  public Description description() {
    return new Description(
        kernels.device().toString(),
        layout.size(),
        data.training().length(),
        loop.steps(),
        loop.firstStep(),
        config.tokensPerStep(),
        loop.microBatch(),
        peak.toString());
  }

  @Override
  public long stepsTaken() {
    return loop.step();
  }

  @Override
  public boolean done() {
    return loop.done();
  }

  @Override
  public void changeSteps(long steps) {
    loop.changeSteps(steps);
  }

  @Override
  public Optional<Logged> step() throws IOException {
    return loop.take();
  }

  @Override
  public boolean evaluationDue() {
    return bound.due(loop.step(), done());
  }

  @Override
  public Evaluation evaluate() throws IOException {
    lastEvaluation = loop.between(bound::evaluate);
    loop.evaluated(lastEvaluation);
    evaluated = loop.step();
    return lastEvaluation;
  }

  @Override
  public boolean checkpointDue() {
    return loop.step() % config.training().checkpointEvery() == 0 || done();
  }

  @Override
  public void checkpoint() throws IOException {
    if (checkpointed == loop.step()) {
      return;
    }
    loop.between(
        () -> {
          checkpoints.write(
              new Checkpoint(
                  loop.state(), network.snapshot(), new float[0], config.binding(), corpus));
          return loop.step();
        });
    checkpointed = loop.step();
  }

  @Override
  public Path finish() throws IOException {
    if (done() && evaluated != loop.step() && evaluationDue()) {
      evaluate(); // the run was resumed after its last step
    }
    var finished =
        new FinishedNetwork(
            layout,
            network.average(),
            data.tokenizerJson(),
            data.tokenizer().vocabularySize(),
            loop.step(),
            loop.passes());
    return new FinishedRun(config, data, kernels, peak)
        .write(finished, evaluated == loop.step() ? lastEvaluation : null);
  }

  /** The model so far, in the place where the finished one will be. */
  @Override
  public void leave() throws IOException {
    finish();
  }

  @Override
  public void close() throws IOException {
    try (loop;
        kernels) {
      network.close();
    }
  }
}
