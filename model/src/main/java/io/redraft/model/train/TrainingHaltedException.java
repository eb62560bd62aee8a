package io.redraft.model.train;

/**
 * A run that cannot go on, for a reason that starting it again would not mend: its gradients are
 * not finite any more, or its smallest micro-batch does not fit the device. Its message is one line
 * for the user. What was checkpointed stays whole.
 */
public final class TrainingHaltedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A run that ends with this message. */
  public TrainingHaltedException(String message) {
    super(message);
  }

  /** A run that ends with this message because of a failure below. */
  public TrainingHaltedException(String message, Throwable cause) {
    super(message, cause);
  }
}
