package io.redraft.model.decode;

import java.util.Arrays;

/**
 * Orders candidates by a score, best first; equal scores keep the order of their positions. A
 * session ranks at every step, so nothing is boxed.
 */
final class Ranking {
  /** What a candidate is worth, given its index; a number, infinities included. */
  @FunctionalInterface
  interface Score {
    float of(int index);
  }

  private Ranking() {}

  /** Indices of all candidates, best score first. */
  static int[] bestFirst(Candidates candidates, Score score) {
    long[] keys = new long[candidates.size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = ((long) ~ascending(score.of(i)) << 32) | i;
    }
    Arrays.sort(keys);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  /** An integer that is larger where the score is larger, and equal where it is equal. */
  private static int ascending(float score) {
    int bits = Float.floatToIntBits(score + 0f); // the sum turns -0 into 0
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  /** The first {@code count} of an order, ascending. */
  static int[] first(int[] order, int count) {
    int[] chosen = Arrays.copyOf(order, Math.min(order.length, count));
    Arrays.sort(chosen);
    return chosen;
  }
}
