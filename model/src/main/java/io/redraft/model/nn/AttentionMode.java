package io.redraft.model.nn;

/** Which positions a position may attend to. */
public enum AttentionMode {
  /** Every position. */
  BIDIRECTIONAL,
  /** Itself and those before it. */
  CAUSAL,
  /**
   * Those of its own block and of all blocks before it, where block i holds the positions from i ·
   * size (Arriola et al. 2025, "Block Diffusion").
   */
  BLOCK_CAUSAL
}
