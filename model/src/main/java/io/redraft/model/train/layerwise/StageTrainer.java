package io.redraft.model.train.layerwise;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.Checkpoint;
import io.redraft.model.train.CheckpointFolder;
import io.redraft.model.train.CheckpointFolder.Objection;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.PeakSpeed;
import io.redraft.model.train.TrainingLoop;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageBatch;
import io.redraft.model.train.stage.StageLayout;
import io.redraft.model.train.stage.StageOnDevice;
import io.redraft.model.train.stage.StageState;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A stage of a run on one device. It begins with what the stages before have committed, and {@link
 * #finish} commits what it has learned; in between it writes checkpoints of its own under the run's
 * {@code stages/NAME}, where its metrics go, too.
 *
 * <p>Exact resume holds as for a whole network ({@link io.redraft.model.train.Trainer}): what a
 * step reads is a function of the seed, the stage and the step, and a checkpoint holds everything
 * else.
 */
final class StageTrainer implements TrainingSession {
  private final LayerwiseRun run;
  private final Stage stage;
  private final TrainingConfig config;
  private final Kernels kernels;
  private final CommittedWeights source;
  private final StageLayout layout;
  private final StageOnDevice device;
  private final CheckpointFolder checkpoints;
  private final String corpus;
  private final StageStream stream;
  private final TrainingLoop<StageBatch> loop;
  private final PeakSpeed peak;
  private final StageEvaluation evaluation;
  private long checkpointed = -1;
  private long evaluated = -1;
  private Evaluation lastEvaluation;

  private StageTrainer(LayerwiseRun run, Stage stage, Kernels kernels, boolean resume)
      throws IOException {
    this.run = run;
    this.stage = stage;
    this.config = run.config(stage);
    this.kernels = kernels;
    this.source = run.weights();
    this.layout = new StageLayout(stage, run.network());
    var folder = run.folderOf(stage);
    Files.createDirectories(folder.path());
    this.corpus = run.data().training().checksum();
    this.checkpoints =
        new CheckpointFolder(folder.checkpoints(), layout.parameters(), StageState.vectors(layout));
    checkpoints.sweep();
    var last =
        resume
            ? checkpoints.newest(Objection.toOthersThan(run.settings(), corpus))
            : Optional.<Checkpoint>empty();
    var counted =
        last.map(Checkpoint::counted)
            .orElseGet(() -> TrainingLoop.State.first(config.training().batch()));
    var first =
        last.map(c -> new StageState(c.state(), c.vectors()))
            .orElseGet(() -> StageState.first(layout, source, run.seed(stage)));
    var numerics = DeviceChoice.numerics(config, kernels, run.network());
    this.stream = StageStream.open(run, stage, config, kernels, numerics);
    List<Closeable> opened = new ArrayList<>(List.of(stream)); // beside what the kernels own
    try {
      stream.fill(counted.step()); // before the stage's own weights take the memory
      this.evaluation = StageEvaluation.open(run, stage, config, kernels, numerics); // likewise
      opened.add(evaluation);
      this.peak =
          PeakSpeed.measure(
              kernels.device(),
              run.network(),
              config.training().batch() * config.model().context(),
              numerics);
      kernels.trim(); // of what the trunk and the measurement took
      this.device = new StageOnDevice(kernels, layout, numerics, source, first);
      this.loop =
          TrainingLoop.open(
              folder,
              config,
              new StageLearner(device),
              stream,
              counted,
              run.flops(stage),
              peak.flops());
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, opened);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, List<Closeable> opened) {
    for (var each : opened) {
      try {
        each.close();
      } catch (IOException alsoFailed) {
        failure.addSuppressed(alsoFailed);
      }
    }
  }

  /** Opens a stage on the calling thread; see {@link LayerwiseRun#open}. */
  static StageTrainer open(LayerwiseRun run, Stage stage, boolean resume) throws IOException {
    return DeviceChoice.start(
        DeviceChoice.of(run.config(stage).run().device()),
        kernels -> new StageTrainer(run, stage, kernels, resume),
        lacking(stage));
  }

  /** What a device's memory may not hold, and what would need less of it. */
  static String lacking(Stage stage) {
    return "stage %d, %s; fewer blocks (curriculum.block) need less"
        .formatted(stage.number(), stage.name());
  }

  @Override
  public Description description() {
    return new Description(
        kernels.device().toString(),
        layout.size(),
        run.data().training().length(),
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
    return evaluation.due(loop.step(), done());
  }

  @Override
  public Evaluation evaluate() throws IOException {
    lastEvaluation = loop.between(() -> evaluation.of(device));
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
          var now = device.snapshot();
          checkpoints.write(
              new Checkpoint(
                  loop.state(), now.optimizer(), now.spectral(), run.settings().binding(), corpus));
          return loop.step();
        });
    checkpointed = loop.step();
  }

  @Override
  public Path finish() throws IOException {
    if (done() && evaluated != loop.step() && evaluationDue()) {
      evaluate(); // the run was resumed after its last step
    }
    return loop.between(
        () -> {
          var learned = device.weights(source);
          Map<String, float[]> tensors = new HashMap<>();
          learned.names().forEach(name -> tensors.put(name, learned.weight(name)));
          run.commit(stage, loop.step(), tensors);
          StageReport.write(run, stage, layout, description());
          return run.folderOf(stage).path();
        });
  }

  @Override
  public void close() throws IOException {
    try (kernels;
        stream;
        evaluation;
        loop) {
      device.close();
    }
  }
}
