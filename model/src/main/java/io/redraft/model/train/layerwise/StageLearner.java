package io.redraft.model.train.layerwise;

import io.redraft.model.train.NetworkOnDevice.StepNumbers;
import io.redraft.model.train.TrainingLoop;
import io.redraft.model.train.config.OptimizerSettings;
import io.redraft.model.train.stage.StageBatch;
import io.redraft.model.train.stage.StageOnDevice;
import java.util.List;

/**
 * A stage as the loop of steps sees it. The loss of a step is its objective's and the consistency
 * loss together: what the gradient is of.
 */
record StageLearner(StageOnDevice stage) implements TrainingLoop.Learner<StageBatch> {
  @Override
  public void accumulate(StageBatch batch, long dropoutSeed) {
    stage.accumulate(batch, dropoutSeed);
  }

  @Override
  public void discard() {
    stage.discard();
  }

  @Override
  public boolean giveBack() {
    return stage.giveBack();
  }

  @Override
  public void update(OptimizerSettings settings, double learningRate, double emaDecay) {
    stage.update(settings, learningRate, emaDecay);
  }

  @Override
  public int pending() {
    return stage.pending();
  }

  @Override
  public List<StepNumbers> drain() {
    return stage.drain().stream().map(StageLearner::whole).toList();
  }

  private static StepNumbers whole(StageOnDevice.StageNumbers numbers) {
    var step = numbers.step();
    return new StepNumbers(
        step.loss() + numbers.consistency(),
        step.crossEntropy(),
        step.gradientNorm(),
        step.skipped());
  }
}
