package io.redraft.server.training;

/** A run that failed; the message is why. */
public final class RunFailedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Of a reason. */
  public RunFailedException(String reason) {
    super(reason);
  }
}
