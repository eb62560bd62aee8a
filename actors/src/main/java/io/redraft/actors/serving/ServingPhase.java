package io.redraft.actors.serving;

/** Whether a node takes requests, and if not, why. */
public sealed interface ServingPhase {
  /** The model is being loaded. */
  record Loading() implements ServingPhase {}

  /** Requests are taken. */
  record Ready(ModelInfo model) implements ServingPhase {}

  /**
   * The model could not be loaded; it is tried again after a while.
   *
   * @param field what is at fault where a user can mend it, as {@link
   *     io.redraft.model.InvalidInputException#field}; else empty
   * @param message one line that may be shown to whoever runs the node
   */
  record Unavailable(String field, String message) implements ServingPhase {}

  /** The node shuts down: requests in flight are finished, no new one is taken. */
  record Draining() implements ServingPhase {}
}
