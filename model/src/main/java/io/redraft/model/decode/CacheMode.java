package io.redraft.model.decode;

/**
 * What the steps of a block take from earlier ones instead of computing it again.
 *
 * <p>Where every position sees all, the first step of a block computes the whole canvas and keeps
 * the keys and values of every layer; what later steps take of them stays as the canvas was then
 * (Fast-dLLM, Wu et al. 2025). With block-causal attention what stands before a block does not
 * depend on it: {@link #PREFIX} changes nothing but the time that is taken.
 */
public enum CacheMode {
  /** Nothing: every step computes the whole canvas. */
  NONE,
  /**
   * Keys and values before the block; the block is computed anew, and where every position sees
   * all, what stands behind it, too.
   */
  PREFIX,
  /** Keys and values on both sides of the block; only the block is computed anew. */
  DUAL,
  /**
   * Only with block-causal attention: keys and values before the block and those of the tokens
   * committed at its front, as the last step that computed them left them (dKV-Cache, Ma et al.
   * 2025). Only what stands from the block's first mask to its last and what the last step has
   * committed is computed anew; a finished block is computed once more as a whole.
   */
  DELAYED
}
