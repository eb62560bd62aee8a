package io.redraft.model.decode;

/**
 * What the steps of a block take from its first step instead of computing it again. The first step
 * of a block always computes the whole canvas and keeps the keys and values of every layer; what
 * later steps take of them stays as the canvas was then (Fast-dLLM, Wu et al. 2025).
 */
public enum CacheMode {
  /** Nothing: every step computes the whole canvas. */
  NONE,
  /** Keys and values before the block; the block and all behind it are computed anew. */
  PREFIX,
  /** Keys and values on both sides of the block; only the block is computed anew. */
  DUAL
}
