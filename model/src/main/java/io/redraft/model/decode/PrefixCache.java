package io.redraft.model.decode;

import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The cache of a canvas on which a position sees its own block and those before it. What stands
 * before a block never depends on what comes later, so keys and values of finished blocks hold for
 * good: a step computes the active block, and with it whatever is not kept before it: at first the
 * prompt, then the block just finished, once, with pinned text that follows it. A text that was
 * edited begins anew. Nothing behind the active block is computed at all.
 *
 * <p>With {@link CacheMode#DELAYED} later steps of a block compute only what stands from the first
 * mask that they may commit to the last, and the tokens that stand where a mask was kept: those
 * committed by the step before.
 */
final class PrefixCache implements KeptKeys {
  private final boolean exists;
  private final int mask;
  private final int from;
  private final int to;
  private final int[] canvas;
  private final int[] amended;

  /**
   * A cache.
   *
   * @param block positions of the active block
   * @param open tells its masks that the step may commit, ascending
   * @param refreshed the tokens that keys and values are kept of, the mask where there are none;
   *     empty if there are none at all
   * @param canvas the canvas now
   */
  PrefixCache(
      CacheMode mode,
      DecodePlan plan,
      int[] block,
      Supplier<int[]> open,
      int[] refreshed,
      int[] canvas) {
    int size = plan.attentionBlock();
    int active = block[0] / size * size;
    boolean any = refreshed.length == canvas.length;
    this.exists = mode != CacheMode.NONE;
    this.mask = plan.maskToken();
    this.canvas = canvas;
    this.to = Math.min(canvas.length, active + size);
    this.from = any ? same(refreshed, active) / size * size : 0;
    this.amended =
        mode == CacheMode.DELAYED && any && from == active
            ? amended(open.get(), refreshed, active)
            : NOTHING;
  }

  /** How many of the first positions, at most a limit, hold what they held. */
  private int same(int[] refreshed, int limit) {
    int changed = Arrays.mismatch(refreshed, 0, limit, canvas, 0, limit);
    return changed < 0 ? limit : changed;
  }

  /** Everything from the first open mask to the last, and what is new; nothing if that is all. */
  private int[] amended(int[] open, int[] refreshed, int active) {
    int first = open[0];
    int last = open[open.length - 1];
    int[] amended =
        IntStream.range(active, to)
            .filter(p -> canvas[p] != refreshed[p] || p >= first && p <= last)
            .toArray();
    return amended.length < to - active ? amended : NOTHING;
  }

  @Override
  public boolean used() {
    return exists && from + amended.length > 0;
  }

  @Override
  public CacheUse use(long sequence) {
    if (!exists) {
      return new CacheUse.None();
    }
    return amended.length > 0
        ? new CacheUse.Amend(sequence, amended.clone(), to)
        : new CacheUse.Append(sequence, from, to);
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
