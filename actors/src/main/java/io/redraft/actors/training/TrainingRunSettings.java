package io.redraft.actors.training;

import io.redraft.model.InvalidInputException;
import java.time.Duration;
import java.util.Optional;

/**
 * How a run is looked after.
 *
 * @param restarts how often a stage is restarted without a new checkpoint in between
 * @param backoff wait before the first restart; it doubles with each that follows
 * @param maxBackoff longest wait
 * @param nudge how often what a stage should do is said again, in case it was not heard
 * @param timeLimit stop with a checkpoint after this long, if at all
 * @param deviceThread name of the dispatcher whose one thread makes all native calls
 */
public record TrainingRunSettings(
    int restarts,
    Duration backoff,
    Duration maxBackoff,
    Duration nudge,
    Optional<Duration> timeLimit,
    String deviceThread) {
  /** The dispatcher of runs that compute where nothing is served. */
  public static final String TRAINING_THREAD = "redraft.training-dispatcher";

  public TrainingRunSettings {
    if (restarts < 0) {
      throw InvalidInputException.of("restarts", restarts, "0 or more");
    }
    if (backoff.isNegative() || maxBackoff.compareTo(backoff) < 0) {
      throw InvalidInputException.of("backoff", backoff, "0 s to " + maxBackoff);
    }
    if (nudge.isNegative() || nudge.isZero()) {
      throw InvalidInputException.of("nudge", nudge, "more than 0 s");
    }
  }

  /** Three restarts, after 1, 2 and 4 seconds. */
  public static TrainingRunSettings defaults(Optional<Duration> timeLimit) {
    return new TrainingRunSettings(
        3,
        Duration.ofSeconds(1),
        Duration.ofSeconds(30),
        Duration.ofSeconds(5),
        timeLimit,
        TRAINING_THREAD);
  }

  /** The same on another thread. */
  public TrainingRunSettings on(String thread) {
    return new TrainingRunSettings(restarts, backoff, maxBackoff, nudge, timeLimit, thread);
  }

  /** Wait before a restart, counted from 1. */
  Duration wait(int attempt) {
    var wait = backoff.multipliedBy(1L << Math.min(20, attempt - 1));
    return wait.compareTo(maxBackoff) > 0 ? maxBackoff : wait;
  }
}
