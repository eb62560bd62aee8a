package io.redraft.model.decode;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The cache of a block on a canvas whose positions all see each other: its first step computes
 * everything, its later ones only some positions. It is valid for as long as every position that is
 * taken from it still holds what it held at the refresh. Decoding by itself keeps to that: commits,
 * remasking and what an end of text re-opens lie in the active block. A canvas that was changed
 * elsewhere, by whatever rule, makes the cache stale, and the next step refreshes it.
 */
final class BlockCache implements KeptKeys {
  private final int[] computed;
  private final int[] refreshed;
  private final int[] canvas;

  /**
   * A cache.
   *
   * @param block positions of the active block
   * @param refreshed the canvas at the refresh; empty if there was none
   * @param canvas the canvas now
   */
  BlockCache(CacheMode mode, int[] block, int[] refreshed, int[] canvas) {
    this.refreshed = refreshed;
    this.canvas = canvas;
    this.computed =
        switch (mode) {
          case NONE -> IntStream.range(0, canvas.length).toArray();
          case PREFIX -> IntStream.range(block[0], canvas.length).toArray();
          case DUAL -> block.clone();
          case DELAYED -> throw new IllegalArgumentException("a delayed cache of both sides");
        };
  }

  private boolean exists() {
    return computed.length < canvas.length;
  }

  @Override
  public boolean used() {
    if (!exists() || refreshed.length != canvas.length) {
      return false;
    }
    return IntStream.range(0, canvas.length)
        .allMatch(p -> canvas[p] == refreshed[p] || Arrays.binarySearch(computed, p) >= 0);
  }

  @Override
  public CacheUse use(long sequence) {
    if (used()) {
      return new CacheUse.Reuse(sequence, computed.clone());
    }
    return exists() ? new CacheUse.Refresh(sequence) : new CacheUse.None();
  }

  @Override
  public int[] after() {
    if (used()) {
      return refreshed;
    }
    return exists() ? canvas : NOTHING;
  }
}
