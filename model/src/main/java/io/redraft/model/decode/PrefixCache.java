package io.redraft.model.decode;

import java.util.Arrays;

/**
 * The cache of a canvas on which a position sees its own block and those before it. What stands
 * before a block never depends on what comes later, so keys and values of finished blocks hold for
 * good: a step computes the active block, and with it whatever is not kept before it: at first the
 * prompt, then the block just finished, once, with pinned text that follows it. A text that was
 * edited begins anew. Nothing behind the active block is computed at all.
 */
final class PrefixCache implements KeptKeys {
  private final boolean exists;
  private final int mask;
  private final int from;
  private final int to;
  private final int[] canvas;

  /**
   * A cache.
   *
   * @param block positions of the active block
   * @param refreshed the tokens that keys and values are kept of, the mask where there are none;
   *     empty if there are none at all
   * @param canvas the canvas now
   */
  PrefixCache(CacheMode mode, DecodePlan plan, int[] block, int[] refreshed, int[] canvas) {
    int size = plan.attentionBlock();
    int active = block[0] / size * size;
    this.exists = mode != CacheMode.NONE;
    this.mask = plan.maskToken();
    this.canvas = canvas;
    this.to = Math.min(canvas.length, active + size);
    this.from = refreshed.length == canvas.length ? same(refreshed, active) / size * size : 0;
  }

  /** How many of the first positions, at most a limit, hold what they held. */
  private int same(int[] refreshed, int limit) {
    int changed = Arrays.mismatch(refreshed, 0, limit, canvas, 0, limit);
    return changed < 0 ? limit : changed;
  }

  @Override
  public boolean used() {
    return exists && from > 0;
  }

  @Override
  public CacheUse use(long sequence) {
    return exists ? new CacheUse.Append(sequence, from, to) : new CacheUse.None();
  }

  @Override
  public int[] after() {
    if (!exists) {
      return NOTHING;
    }
    int[] kept = canvas.clone();
    Arrays.fill(kept, to, kept.length, mask);
    return kept;
  }
}
