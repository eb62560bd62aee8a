package io.redraft.model.text;

import java.util.Arrays;

/**
 * What pairs of token ids merge into: an open-addressing hash table from (left, right) to the rank
 * of the merge and the token it makes.
 */
final class PairTable {
  private static final long EMPTY = -1;

  private final long[] keys;
  private final long[] values;
  private final int mask;

  PairTable(int pairs) {
    int capacity = Integer.highestOneBit(Math.max(8, pairs * 2)) << 1;
    keys = new long[capacity];
    values = new long[capacity];
    mask = capacity - 1;
    Arrays.fill(keys, EMPTY);
  }

  /** Adds a merge; the first of equal pairs stays. At most as many as the table was made for. */
  void add(int left, int right, int rank, int token) {
    long key = key(left, right);
    int slot = slot(key);
    if (keys[slot] == EMPTY) {
      keys[slot] = key;
      values[slot] = (long) rank << 32 | token;
    }
  }

  /** Rank in the upper 32 bits and token in the lower, or {@link Long#MAX_VALUE} for no merge. */
  long find(int left, int right) {
    int slot = slot(key(left, right));
    return keys[slot] == EMPTY ? Long.MAX_VALUE : values[slot];
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & mask;
    while (keys[slot] != key && keys[slot] != EMPTY) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
