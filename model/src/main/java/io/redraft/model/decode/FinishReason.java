package io.redraft.model.decode;

/** Why a text ended. */
public enum FinishReason {
  /** The network wrote an end of text. */
  END_OF_TEXT,
  /** Everything that was to be written is. */
  LENGTH
}
