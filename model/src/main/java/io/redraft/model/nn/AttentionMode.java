package io.redraft.model.nn;

/** Which positions a position may attend to. */
public enum AttentionMode {
  /** Every position. */
  BIDIRECTIONAL,
  /** Itself and those before it. */
  CAUSAL
}
