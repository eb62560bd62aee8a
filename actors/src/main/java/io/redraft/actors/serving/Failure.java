package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/**
 * A failure as others may see it: what kind it is and one line about it. Only text written by this
 * project gets in here; a library's own message may quote data or paths and stays in the log.
 *
 * @param refusal kind of failure
 * @param field what is at fault where a user can mend it, else empty
 * @param message one line
 * @param retryAfter when to try again; zero where nothing is known about that
 */
record Failure(Refusal refusal, String field, String message, Duration retryAfter) {
  /** A failure without a hint when to try again. */
  Failure(Refusal refusal, String field, String message) {
    this(refusal, field, message, Duration.ZERO);
  }

  /** Why a model could not be loaded. The reader runs the node, so files are named. */
  static Failure ofLoad(Throwable cause) {
    if (cause instanceof InvalidInputException input) {
      return new Failure(Refusal.INVALID, input.field(), input.getMessage());
    }
    if (outOfMemory(cause)) {
      return new Failure(
          Refusal.UNAVAILABLE, "", "not enough memory on the device to load the model");
    }
    if (cause instanceof IOException || cause instanceof LinkageError) {
      return new Failure(Refusal.UNAVAILABLE, "", "cannot load the model: " + line(cause));
    }
    return new Failure(Refusal.INTERNAL, "", "cannot load the model: " + line(cause));
  }

  /** Why a forward pass failed. The reader is a client, so only the kind is told. */
  static Failure ofStep(Throwable cause) {
    return outOfMemory(cause)
        ? new Failure(Refusal.UNAVAILABLE, "", "the device ran out of memory; try again")
        : new Failure(Refusal.INTERNAL, "", "the model failed at this step");
  }

  /** The device is gone without a word. */
  static Failure lost() {
    return new Failure(Refusal.UNAVAILABLE, "", "the device was lost; try again");
  }

  private static boolean outOfMemory(Throwable cause) {
    for (var e = cause; e != null; e = e.getCause()) {
      var message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
      if (e instanceof OutOfMemoryError
          || message.contains("out of memory")
          || message.contains("can't allocate memory")) {
        return true;
      }
    }
    return false;
  }

  private static String line(Throwable cause) {
    var message = String.valueOf(cause.getMessage()).strip();
    var end = message.indexOf('\n');
    return cause.getClass().getSimpleName()
        + ": "
        + (end < 0 ? message : message.substring(0, end));
  }
}
