package io.redraft.load.layerwise;

import io.redraft.model.Choice;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageMemory;
import io.redraft.model.train.stage.TokenPasses;

/**
 * What a stage of a run took; of a network that was trained as a whole, what all of it took.
 *
 * @param name as {@code prepend-4}; {@code end-to-end}
 * @param kind how the network grew; {@code joint} where all of it was trained
 * @param steps steps taken
 * @param tokenPasses see {@link TokenPasses}
 * @param seconds from opening it to its commit
 * @param loss mean over the last line of metrics
 * @param planned bytes on the device, item by item
 * @param plannedTotal all of them
 * @param plannedOptimizer gradient, moments and average of them
 * @param measured bytes after its last step, as {@link MemoryGauge} tells them
 */
record StageResult(
    String name,
    String kind,
    long steps,
    double tokenPasses,
    double seconds,
    double loss,
    StageMemory planned,
    long plannedTotal,
    long plannedOptimizer,
    long measured) {
  /** A stage of a layer-wise run. */
  static StageResult of(
      Stage stage, double tokenPasses, Trained trained, StageMemory planned, long measured) {
    return of(
        stage.name(),
        Choice.key(stage.kind()),
        stage.steps(),
        tokenPasses,
        trained,
        planned,
        measured);
  }

  static StageResult of(
      String name,
      String kind,
      long steps,
      double tokenPasses,
      Trained trained,
      StageMemory planned,
      long measured) {
    return new StageResult(
        name,
        kind,
        steps,
        tokenPasses,
        trained.seconds(),
        trained.loss(),
        planned,
        planned.total(),
        optimizer(planned),
        measured);
  }

  /** What steps took and gave. */
  record Trained(double seconds, double loss) {}

  /** What exists only because weights learn, beside the weights. */
  static long optimizer(StageMemory planned) {
    return planned.gradient() + planned.moments() + planned.average();
  }

  /** Whether the network grew, or some of it learned alone. */
  boolean staged() {
    return !kind.equals(Choice.key(Stage.Kind.JOINT));
  }
}
