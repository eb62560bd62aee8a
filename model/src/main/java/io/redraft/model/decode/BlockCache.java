package io.redraft.model.decode;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which positions the later steps of a block compute, and whether a cache may stand for all others.
 *
 * <p>A cache is valid for as long as every position that is taken from it still holds what it held
 * at the refresh. Decoding by itself keeps to that: commits, remasking and what an end of text
 * re-opens lie in the active block. A canvas that was changed elsewhere, by whatever rule, makes
 * the cache stale, and the next step refreshes it.
 */
final class BlockCache {
  private final int length;
  private final int[] computed;

  /** The cache of a block at these positions, on a canvas of this length. */
  BlockCache(CacheMode mode, int[] block, int length) {
    this.length = length;
    this.computed =
        switch (mode) {
          case NONE -> IntStream.range(0, length).toArray();
          case PREFIX -> IntStream.range(block[0], length).toArray();
          case DUAL -> block.clone();
        };
  }

  /** Positions that every later step of the block computes, ascending. */
  int[] computed() {
    return computed.clone();
  }

  /** Whether anything is taken from a cache. */
  boolean exists() {
    return computed.length < length;
  }

  /**
   * Whether a cache can be used.
   *
   * @param refreshed the canvas at the refresh; empty if there was none
   * @param canvas the canvas now
   */
  boolean holds(int[] refreshed, int[] canvas) {
    if (!exists() || refreshed.length != length) {
      return false;
    }
    return IntStream.range(0, length)
        .allMatch(p -> canvas[p] == refreshed[p] || Arrays.binarySearch(computed, p) >= 0);
  }
}
