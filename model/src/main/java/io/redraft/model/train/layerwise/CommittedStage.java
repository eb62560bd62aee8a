package io.redraft.model.train.layerwise;

import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.train.TrainingSession;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A stage that is committed already: whoever opens it again, because the process died before it
 * could say so, finds it done. Its layers must not be made of themselves a second time, since
 * adapters are merged into them.
 *
 * @param description what it was
 * @param path where its metrics lie
 */
record CommittedStage(Description description, Path path) implements TrainingSession {
  @Override
  public long stepsTaken() {
    return description.steps();
  }

  @Override
  public boolean done() {
    return true;
  }

  @Override
  public void changeSteps(long steps) {
    // there are none left to change
  }

  @Override
  public Optional<Logged> step() {
    throw new IllegalStateException("a committed stage takes no step");
  }

  @Override
  public boolean evaluationDue() {
    return false;
  }

  @Override
  public Evaluation evaluate() {
    throw new IllegalStateException("a committed stage is not evaluated");
  }

  @Override
  public boolean checkpointDue() {
    return false;
  }

  @Override
  public void checkpoint() {
    // what it has learned is committed
  }

  @Override
  public Path finish() {
    return path;
  }

  @Override
  public void close() {
    // it holds nothing
  }
}
