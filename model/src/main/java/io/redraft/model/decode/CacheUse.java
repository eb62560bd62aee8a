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

  /**
   * A pass of block-causal attention over a run of positions, whose keys and values are computed
   * and kept; those before it are the kept ones, and nothing behind it counts.
   *
   * @param sequence a sequence that has kept everything before {@code from}, of a canvas of the
   *     same length; any where {@code from} is 0
   * @param from first position, where a block begins
   * @param to the position behind the last, where a block or the canvas ends
   */
  record Append(long sequence, int from, int to) implements CacheUse {
    public Append {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException("positions from %d to %d".formatted(from, to));
      }
    }
  }

  /**
   * A pass of block-causal attention over some positions of a block, whose keys and values are
   * computed and kept in place of earlier ones; those of all others up to the block's end are the
   * kept ones.
   *
   * @param sequence a sequence that has kept everything before {@code to}, of a canvas of the same
   *     length
   * @param positions what is computed, ascending, at least one, all of the block that ends at
   *     {@code to}; the pass's rows are among them
   * @param to the position behind the block's last
   */
  record Amend(long sequence, int[] positions, int to) implements CacheUse {}
}
