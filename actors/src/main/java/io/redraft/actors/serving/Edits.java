package io.redraft.actors.serving;

/** Whether a client may edit its text, and for how long. */
public enum Edits {
  /** It may not. */
  NONE,
  /** Until no mask is left, which finishes the text. */
  UNTIL_FINISHED,
  /** Until it says that it has no more, or falls silent for too long. */
  KEPT_OPEN
}
