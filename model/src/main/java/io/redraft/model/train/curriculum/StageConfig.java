package io.redraft.model.train.curriculum;

import io.redraft.model.objective.Objective;
import io.redraft.model.train.config.CurriculumSettings;
import io.redraft.model.train.config.LoopSettings;
import io.redraft.model.train.config.OptimizerSettings;
import io.redraft.model.train.config.TrainingConfig;

/** A run's settings as one of its stages has them. */
public final class StageConfig {
  private StageConfig() {}

  /**
   * The settings of a stage: its own number of steps, its own objective, and in joint phases its
   * own learning rate. A stage has no curriculum of its own.
   */
  public static TrainingConfig of(TrainingConfig config, Stage stage) {
    var joint = stage.kind() == Stage.Kind.JOINT;
    var factor = joint ? config.curriculum().joint().learningRateFactor() : 1;
    return new TrainingConfig(
        config.run(),
        config.model(),
        config.tokenizer(),
        config.data(),
        config.objective().withKind(objective(config, stage)),
        scaled(config.optimizer(), factor),
        steps(config.training(), stage.steps()),
        config.export(),
        CurriculumSettings.NONE);
  }

  /** What a stage minimises. */
  static Objective objective(TrainingConfig config, Stage stage) {
    var objectives = config.curriculum().objectives();
    if (objectives.isEmpty() || stage.kind() == Stage.Kind.JOINT) {
      return config.objective().kind();
    }
    var block = config.curriculum().block();
    var layers = config.model().layers();
    var growth =
        stage.kind() == Stage.Kind.APPEND
            ? stage.executed().to() / block - 1
            : (layers - stage.executed().from()) / block - 1;
    return objectives.get(growth);
  }

  private static LoopSettings steps(LoopSettings loop, long steps) {
    return new LoopSettings(
        steps,
        loop.batch(),
        loop.accumulate(),
        loop.dropout(),
        loop.attentionDropout(),
        loop.logEvery(),
        loop.evaluateEvery(),
        loop.evaluateMasks(),
        loop.checkpointEvery(),
        loop.maxSkipped());
  }

  private static OptimizerSettings scaled(OptimizerSettings optimizer, double factor) {
    return new OptimizerSettings(
        optimizer.learningRate() * factor,
        optimizer.warmupSteps(),
        optimizer.schedule(),
        optimizer.hold(),
        optimizer.finalFraction(),
        optimizer.beta1(),
        optimizer.beta2(),
        optimizer.epsilon(),
        optimizer.weightDecay(),
        optimizer.clip(),
        optimizer.emaDecay());
  }
}
