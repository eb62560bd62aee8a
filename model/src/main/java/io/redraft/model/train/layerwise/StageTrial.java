package io.redraft.model.train.layerwise;

import io.redraft.model.InvalidInputException;
import io.redraft.model.tensor.DeviceMemory;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.TrainingLoop;
import io.redraft.model.train.TrainingSession.Logged;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageBatch;
import io.redraft.model.train.stage.StageLayout;
import io.redraft.model.train.stage.StageOnDevice;
import io.redraft.model.train.stage.StageState;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/**
 * A stage of a run that is tried out before the stages that it builds upon: what they would have
 * committed is as the run's seed draws it, and nothing is committed in the end. It computes what
 * the stage would, on the stage's own batches and with its own cache, so that its time and memory
 * are the stage's.
 *
 * <p>A trial goes {@link #open}, {@link #fill}, {@link #begin}, {@link #step}. Weights are drawn
 * one at a time: the host holds those that learn, and the largest of the others, but never the
 * trunk. Confined to the thread that opened it.
 */
public final class StageTrial implements AutoCloseable {
  private final LayerwiseRun run;
  private final Stage stage;
  private final TrainingConfig config;
  private final Kernels kernels;
  private final Numerics numerics;
  private final StageStream stream;
  private Optional<Learning> learning = Optional.empty();

  /** What is there once the stage has begun. */
  private record Learning(StageOnDevice device, TrainingLoop<StageBatch> loop) {}

  private StageTrial(LayerwiseRun run, Stage stage, Kernels kernels) throws IOException {
    this.run = run;
    this.stage = stage;
    this.config = run.config(stage);
    this.kernels = kernels;
    this.numerics = DeviceChoice.numerics(config, kernels, run.network());
    this.stream = StageStream.open(run, stage, config, kernels, numerics);
  }

  /**
   * Opens a trial; nothing is computed yet.
   *
   * @param run a run that has committed nothing
   * @param stage one of its stages, with the number of steps that it is tried for
   * @throws InvalidInputException if the run has committed stages, or its device is not there
   */
  public static StageTrial open(LayerwiseRun run, Stage stage) throws IOException {
    if (!run.committed().isEmpty()) {
      throw InvalidInputException.of(
          "run.folder",
          run.folder() + ", where stages " + run.committed() + " are committed",
          "a new folder, to try out a stage");
    }
    return DeviceChoice.start(
        DeviceChoice.of(run.settings().run().device()),
        kernels -> new StageTrial(run, stage, kernels),
        StageTrainer.lacking(stage));
  }

  /** Where it computes, and in which formats. */
  public Kernels kernels() {
    return kernels;
  }

  /**
   * Computes the streams that the stage will read, where it reads a cache, and puts them there. The
   * trunk is on the device meanwhile, and its memory is given back with {@link #begin}.
   */
  public void fill() throws IOException {
    stream.fill(0);
  }

  /** Draws the stage's weights and brings it to the device. */
  public void begin() throws IOException {
    if (learning.isPresent()) {
      throw new IllegalStateException("the trial has begun");
    }
    kernels.trim();
    var layout = new StageLayout(stage, run.network());
    var weights = run.weights();
    var device =
        new StageOnDevice(
            kernels, layout, numerics, weights, StageState.first(layout, weights, run.seed(stage)));
    var folder = run.folderOf(stage);
    Files.createDirectories(folder.path());
    var loop =
        TrainingLoop.open(
            folder,
            config,
            new StageLearner(device),
            stream,
            TrainingLoop.State.first(config.training().batch()),
            run.flops(stage),
            Double.POSITIVE_INFINITY); // no peak is measured, which would take memory
    learning = Optional.of(new Learning(device, loop));
  }

  /** Takes one step; the result is there when a line of metrics was written. */
  public Optional<Logged> step() throws IOException {
    return begun().loop().take();
  }

  private Learning begun() {
    return learning.orElseThrow(() -> new IllegalStateException("begin() first"));
  }

  /** The weights that learn, as they are now; waits for the device. */
  public float[] learned() {
    return begun().device().current();
  }

  /** Micro-batches so far whose launches were recorded before, and replayed. */
  public long replays() {
    return learning.map(l -> l.device().replays()).orElse(0L);
  }

  /** Sequences that are computed at a time: fewer than the batch where memory ran out. */
  public int microBatch() {
    return learning.map(l -> l.loop().microBatch()).orElse(config.training().batch());
  }

  /** Memory of the device as it is now; nothing on the CPU. */
  public Optional<DeviceMemory> memory() {
    return DeviceMemory.of(kernels);
  }

  @Override
  public void close() throws IOException {
    try (kernels;
        stream) {
      if (learning.isPresent()) {
        learning.get().loop().close();
        learning.get().device().close();
      }
    }
  }
}
