package io.redraft.model.decode;

import java.util.function.Supplier;

/**
 * What the next step takes of the keys and values that earlier steps have left, and what it leaves:
 * a view on a {@link DecodeState} that is not done.
 */
sealed interface KeptKeys permits BlockCache, PrefixCache {
  /** The tokens of a cache that holds nothing. */
  int[] NOTHING = {};

  /**
   * The view for the active block of a plan.
   *
   * @param open tells the block's masks that the step may commit
   */
  static KeptKeys of(
      DecodePlan plan, int[] block, Supplier<int[]> open, int[] refreshed, int[] canvas) {
    var mode = plan.options().cache();
    return plan.attentionBlock() > 0
        ? new PrefixCache(mode, plan, block, open, refreshed, canvas)
        : new BlockCache(mode, block, refreshed, canvas);
  }

  /** Whether the step takes anything that an earlier one has left. */
  boolean used();

  /** What the step's forward pass does with keys and values. */
  CacheUse use(long sequence);

  /** The tokens whose keys and values are kept after the step; {@link #NOTHING} for none. */
  int[] after();
}
