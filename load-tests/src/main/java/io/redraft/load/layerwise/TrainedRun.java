package io.redraft.load.layerwise;

import io.redraft.load.layerwise.StageResult.Trained;
import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.LayerFusion;
import io.redraft.model.train.ModelEvaluation;
import io.redraft.model.train.NetworkChoice;
import io.redraft.model.train.Trainer;
import io.redraft.model.train.TrainingData;
import io.redraft.model.train.TrainingDataLoader;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.layerwise.LayerwiseRun;
import io.redraft.model.train.plan.RunPlan;
import io.redraft.model.train.stage.TokenPasses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A run that is trained from its first step to its last in this process, and judged. Its folder
 * holds the finished model as {@code model/} and, where a joint phase came last, the model of
 * before as {@code before-joint/}.
 */
final class TrainedRun {
  /** Name of the finished model's folder in the run's. */
  static final String MODEL = "model";

  /** Name of the folder of the model before a last joint phase. */
  static final String BEFORE_JOINT = "before-joint";

  /** What {@code redraft evaluate} fixes masks with, so that it finds the same bound. */
  private static final long SEED = 0;

  private final TrainingConfig config;
  private final Device device;
  private final TrainingData data;
  private final Consumer<String> progress;
  private final List<StageResult> stages = new ArrayList<>();
  private double seconds;

  private TrainedRun(TrainingConfig config, TrainingData data, Consumer<String> progress) {
    this.config = config;
    this.device = DeviceChoice.of(config.run().device());
    this.data = data;
    this.progress = progress;
  }

  /**
   * Trains and judges a run.
   *
   * @param progress told what comes next
   * @throws InvalidInputException if the settings do not allow it, or keep no text for a bound
   */
  static RunResult of(TrainingConfig config, Consumer<String> progress) throws IOException {
    var data = new TrainingDataLoader(config).load();
    if (data.validation().tokens().length < 2) {
      throw InvalidInputException.of(
          "data.validation", config.data().validation(), "more than 0, for a text to judge by");
    }
    var run = new TrainedRun(config, data, progress);
    return config.curriculum().none() ? run.whole() : run.staged();
  }

  private RunResult whole() throws IOException {
    var planner = new RunPlanner(config, device);
    var plan = planner.whole(NetworkChoice.of(config, data.tokenizer()));
    Path model;
    try (var gauge = MemoryGauge.open(device)) {
      progress.accept("%d steps of all layers".formatted(config.training().steps()));
      gauge.reset();
      var began = System.nanoTime();
      try (var session = Trainer.open(config, data, false)) {
        var loss = steps(session);
        seconds = since(began);
        stages.add(
            StageResult.of(
                "end-to-end",
                Choice.key(Stage.Kind.JOINT),
                session.stepsTaken(),
                TokenPasses.endToEnd(config),
                new Trained(seconds, loss),
                plan.endToEnd(config),
                gauge.taken()));
        model = session.finish();
      }
    }
    return result(plan, Optional.empty(), model);
  }

  private RunResult staged() throws IOException {
    var planner = new RunPlanner(config, device);
    var before = Optional.<Path>empty();
    Path model;
    try (var gauge = MemoryGauge.open(device)) {
      var began = System.nanoTime();
      var run = LayerwiseRun.open(config, data, planner, false);
      seconds = since(began);
      for (var stage : run.stages()) {
        var last = stage.number() == run.stages().size();
        if (last && stage.kind() == Stage.Kind.JOINT) {
          before = Optional.of(run.folder().resolve(BEFORE_JOINT));
          LayerFusion.write(run.folder(), before.get());
        }
        stages.add(train(run, stage, planner.plan(), gauge));
      }
      model = run.complete();
    }
    return result(planner.plan(), before, model);
  }

  private StageResult train(LayerwiseRun run, Stage stage, RunPlan plan, MemoryGauge gauge)
      throws IOException {
    progress.accept(
        "stage %d of %d, %s: %d steps"
            .formatted(stage.number(), run.stages().size(), stage.name(), stage.steps()));
    gauge.reset();
    var began = System.nanoTime();
    double loss;
    long measured;
    try (var session = run.open(stage, true)) {
      loss = steps(session);
      measured = gauge.taken();
      session.finish();
    }
    var took = since(began);
    seconds += took;
    return StageResult.of(
        stage,
        TokenPasses.of(stage, TokenPasses.tokens(config, stage.steps())),
        new Trained(took, loss),
        plan.stages().get(stage.number() - 1).memory(),
        measured);
  }

  /** Takes all steps and returns the last loss that was told. */
  private static double steps(TrainingSession session) throws IOException {
    var loss = Double.NaN;
    while (!session.done()) {
      var line = session.step();
      if (line.isPresent()) {
        loss = line.get().loss();
      }
    }
    return loss;
  }

  private RunResult result(RunPlan plan, Optional<Path> before, Path model) {
    progress.accept("judging it on %d tokens".formatted(data.validation().tokens().length));
    var curriculum = config.curriculum();
    var finished = bound(model);
    return new RunResult(
        curriculum.none()
            ? "none"
            : Choice.key(curriculum.direction()) + "/" + Choice.key(curriculum.time()),
        device.toString(),
        Choice.key(ComputeType.of(config.run().compute(), device)),
        plan.network().parameters(),
        stages.stream().mapToDouble(StageResult::tokenPasses).sum(),
        seconds,
        StageResult.optimizer(plan.endToEnd(config)),
        stages,
        finished.tokens(),
        finished.masks(),
        before.map(folder -> bound(folder).natsPerToken()).orElse(null),
        finished.natsPerToken());
  }

  private Evaluation bound(Path model) {
    return ModelEvaluation.of(
            ModelFolder.open(model), data.validation(), config.training().evaluateMasks(), SEED)
        .run(device, (done, all) -> {});
  }

  private static double since(long began) {
    return (System.nanoTime() - began) / 1e9;
  }
}
