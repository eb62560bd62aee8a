package io.redraft.actors.training;

import io.redraft.model.evaluate.Evaluation;
import java.time.Duration;

/**
 * What a training run tells whoever watches it. Where an event is of one stage it has the stage's
 * number, counted from 1. The last event is one {@link Ended}, unless the run is resumed after it.
 */
public sealed interface TrainingEvent {
  /** Whether a newer one of its kind says all that it says, for whoever reads too slowly. */
  default boolean givesWay() {
    return this instanceof Stepped
        || this instanceof Logged
        || this instanceof Evaluated
        || this instanceof Checkpointed;
  }

  /**
   * A stage has its data and its device, and begins to step.
   *
   * @param stage its number
   * @param stages stages of the run
   * @param name of the stage
   * @param device where it computes
   * @param parameters number of weights
   * @param trainingTokens tokens of the training text
   * @param steps steps that will have been taken in the end
   * @param firstStep steps that were taken before
   * @param tokensPerStep tokens that one step reads
   * @param microBatch sequences computed at a time
   * @param peak what utilisation is measured by: a speed and where it comes from
   */
  record Opened(
      int stage,
      int stages,
      String name,
      String device,
      long parameters,
      long trainingTokens,
      long steps,
      long firstStep,
      long tokensPerStep,
      int microBatch,
      String peak)
      implements TrainingEvent {
    /** The same with another number of steps in the end. */
    Opened withSteps(long other) {
      return new Opened(
          stage,
          stages,
          name,
          device,
          parameters,
          trainingTokens,
          other,
          firstStep,
          tokensPerStep,
          microBatch,
          peak);
    }
  }

  /** Another step was taken; {@code step} in all. */
  record Stepped(int stage, long step) implements TrainingEvent {}

  /**
   * A line of metrics.
   *
   * @param step steps taken
   * @param loss mean training loss since the last line
   * @param learningRate of the last step
   * @param skipped steps so far whose gradient was not finite
   * @param tokensPerSecond since the last line
   * @param utilization share of the device's peak speed that the model's own operations reach
   * @param secondsLeft until the last step
   * @param microBatch sequences computed at a time; fewer than at first where memory ran out
   */
  record Logged(
      int stage,
      long step,
      double loss,
      double learningRate,
      long skipped,
      double tokensPerSecond,
      double utilization,
      double secondsLeft,
      int microBatch)
      implements TrainingEvent {}

  /**
   * The averaged weights were evaluated on text that is not trained on.
   *
   * @param kind what was found: a loss, a bound, or what is neither
   * @param lowestRatio lowest mask ratio that was looked at; 0 for an exact loss or a bound
   * @param highestRatio highest mask ratio that was looked at; 1 for an exact loss or a bound
   * @param natsPerToken nats a token; of masked cross-entropy, a masked token
   * @param bitsPerByte bits a UTF-8 byte; 0 for masked cross-entropy, which has none
   */
  record Evaluated(
      int stage,
      long step,
      Evaluation.Kind kind,
      double lowestRatio,
      double highestRatio,
      double natsPerToken,
      double bitsPerByte)
      implements TrainingEvent {
    /** A loss, or a bound. */
    public Evaluated(int stage, long step, boolean exact, double natsPerToken, double bitsPerByte) {
      this(
          stage,
          step,
          exact ? Evaluation.Kind.EXACT : Evaluation.Kind.BOUND,
          0,
          1,
          natsPerToken,
          bitsPerByte);
    }

    /** What an evaluation found. */
    static Evaluated of(int stage, long step, Evaluation found) {
      if (found.kind() != Evaluation.Kind.MASKED_CROSS_ENTROPY) {
        return new Evaluated(stage, step, found.exact(), found.natsPerToken(), found.bitsPerByte());
      }
      var range = found.byMaskRatio().get(0);
      return new Evaluated(
          stage, step, found.kind(), range.from(), range.to(), found.natsPerToken(), 0);
    }

    /** Whether this is the exact loss of a causal model. */
    public boolean exact() {
      return kind == Evaluation.Kind.EXACT;
    }
  }

  /** Everything up to this step survives the process. */
  record Checkpointed(int stage, long step) implements TrainingEvent {}

  /**
   * The stage's layers lie in the run's folder, and the journal says so.
   *
   * @param step steps that it took; -1 where the folder had it already
   */
  record Committed(int stage, int stages, String name, long step) implements TrainingEvent {}

  /** From this step on the stage takes this many steps in all. */
  record StepsChanged(int stage, long from, long steps) implements TrainingEvent {}

  /** The stage failed and goes on from its last checkpoint after a wait. */
  record Restarting(int stage, String reason, int attempt, int attempts, Duration backoff)
      implements TrainingEvent {}

  /** It was asked to pause; a checkpoint holds everything up to this step of its stage. */
  record Paused(long step) implements TrainingEvent {}

  /** It goes on after a pause or an end. */
  record Resumed() implements TrainingEvent {}

  /** How a run came to its end. */
  sealed interface Ended extends TrainingEvent {}

  /** All stages are committed and the model is written; {@code step} of the last stage. */
  record Finished(long step, String modelFolder) implements Ended {}

  /** It was asked to stop; a checkpoint holds everything up to this step of its stage. */
  record Stopped(long step) implements Ended {}

  /** The settings, the data or the folder do not allow it; {@code message} is for the user. */
  record Refused(String field, String message) implements Ended {}

  /**
   * It cannot go on, or it failed more often than it is restarted.
   *
   * @param checkpoint step of the last checkpoint, which is whole; -1 where there is none
   */
  record Failed(String reason, long checkpoint) implements Ended {
    /**
     * What a user is told of a failure: its message, with what it is where that alone says little,
     * as a path or nothing does.
     */
    public static String reason(Throwable failure) {
      var message = failure.getMessage();
      return message != null && message.contains(" ") ? message : failure.toString();
    }
  }
}
