package io.redraft.model.decode;

/**
 * What one forward pass does with the keys and values that a denoiser keeps for a sequence. A
 * sequence is the caller's name of one canvas; the denoiser keeps what it has until {@link
 * Denoiser#release}.
 */
public sealed interface CacheUse {
  /** A pass over the whole canvas that keeps nothing. */
  record None() implements CacheUse {}

  /**
   * A pass over the whole canvas, for at least one row, that keeps all its keys and values in place
   * of earlier ones.
   */
  record Refresh(long sequence) implements CacheUse {}

  /**
   * A pass over some positions, whose own keys and values are computed; those of all others are the
   * kept ones. What is computed is kept in place of what was kept for those positions.
   *
   * @param sequence the sequence of an earlier refresh, with a canvas of the same length
   * @param positions what is computed, ascending, at least one; the pass's rows are among them
   */
  record Reuse(long sequence, int[] positions) implements CacheUse {}
}
