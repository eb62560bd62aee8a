package io.redraft.model.train;

import io.redraft.model.evaluate.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run while it trains, step by step. Whoever holds one decides when to step, evaluate and save;
 * what was not saved with {@link #checkpoint} is lost when the holder dies. Confined to the thread
 * that opened it.
 */
public interface TrainingSession extends AutoCloseable {
  /**
   * What a run is, told once when it is opened.
   *
   * @param device where it computes
   * @param parameters number of weights
   * @param tokens tokens of the training text
   * @param steps steps that will have been taken in the end
   * @param firstStep steps that an earlier start of the run has taken
   * @param tokensPerStep tokens that one step reads
   * @param microBatch sequences computed at a time
   * @param peak what utilisation is measured by: a speed and where it comes from
   */
  record Description(
      String device,
      long parameters,
      long tokens,
      long steps,
      long firstStep,
      long tokensPerStep,
      int microBatch,
      String peak) {}

  /**
   * What a line of metrics told.
   *
   * @param step steps taken
   * @param loss mean training loss since the last line, in nats per token for a bound
   * @param gradientNorm global norm of the last gradient before clipping
   * @param learningRate of the last step
   * @param skipped steps so far whose gradient was not finite
   * @param tokensPerSecond tokens trained on per second since the last line
   * @param utilization share of the device's peak speed that the model's own operations reach
   * @param secondsLeft until the last step, evaluations and checkpoints included
   * @param microBatch sequences computed at a time; fewer than at first where memory ran out
   */
  record Logged(
      long step,
      double loss,
      double gradientNorm,
      double learningRate,
      long skipped,
      double tokensPerSecond,
      double utilization,
      double secondsLeft,
      int microBatch) {}

  /** Opens a session; called by the thread that will use it. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens a session.
     *
     * @param resume whether to go on from the newest checkpoint, if there is one
     */
    TrainingSession open(boolean resume) throws IOException;
  }

  /** What this run is. */
  Description description();

  /** Steps taken so far. */
  long stepsTaken();

  /** Whether all steps are taken. */
  boolean done();

  /**
   * Changes how many steps will have been taken in the end. It holds from the next step on: what
   * depends on the whole, such as the learning rate, follows the new number from there, and what
   * was taken stays. With no more steps than were taken the session is {@link #done}. Whoever wants
   * the same weights again makes the same change before the same step.
   *
   * @param steps 1 or more
   */
  void changeSteps(long steps);

  /**
   * Takes one step; the result is there when a line of metrics was written.
   *
   * @throws TrainingHaltedException if the run cannot go on, and another start would not mend it
   */
  Optional<Logged> step() throws IOException;

  /** Whether the settings want an evaluation after the step just taken. */
  boolean evaluationDue();

  /** Evaluates the averaged weights on the validation documents. */
  Evaluation evaluate() throws IOException;

  /** Whether the settings want a checkpoint after the step just taken. */
  boolean checkpointDue();

  /** Makes everything up to here survive, unless it does already. */
  void checkpoint() throws IOException;

  /**
   * Writes the model as it is and a report, in the place of earlier ones, and returns the model's
   * folder.
   */
  Path finish() throws IOException;

  /**
   * Leaves a session that ends before it is done, after its last checkpoint: writes what there is
   * to look at, and commits nothing. By default there is nothing.
   */
  default void leave() throws IOException {}

  @Override
  void close() throws IOException;
}
