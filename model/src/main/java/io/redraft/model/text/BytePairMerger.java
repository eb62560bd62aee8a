package io.redraft.model.text;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Merges the symbols of one word: always the pair of the lowest rank, the leftmost of equals, until
 * no pair has a merge. Short words are searched anew after every merge; long ones keep their pairs
 * in a queue, so that a word of n symbols costs n log n.
 */
final class BytePairMerger {
  private static final int SHORT = 48;

  private BytePairMerger() {}

  /** The tokens of a word; {@code symbols} is used up. */
  static int[] merge(int[] symbols, PairTable merges) {
    return symbols.length <= SHORT ? mergeShort(symbols, merges) : mergeLong(symbols, merges);
  }

  private static int[] mergeShort(int[] symbols, PairTable merges) {
    int size = symbols.length;
    while (true) {
      long best = Long.MAX_VALUE;
      int at = -1;
      for (int i = 0; i + 1 < size; i++) {
        long found = merges.find(symbols[i], symbols[i + 1]);
        if (found >>> 32 < best >>> 32) {
          best = found;
          at = i;
        }
      }
      if (at < 0) {
        return Arrays.copyOf(symbols, size);
      }
      symbols[at] = (int) best;
      System.arraycopy(symbols, at + 2, symbols, at + 1, size - at - 2);
      size--;
    }
  }

  private record Candidate(int rank, int at, int left, int right, int token)
      implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byRank = Integer.compare(rank, other.rank);
      return byRank != 0 ? byRank : Integer.compare(at, other.at);
    }
  }

  private static int[] mergeLong(int[] symbols, PairTable merges) {
    int size = symbols.length;
    int[] next = new int[size];
    int[] previous = new int[size];
    PriorityQueue<Candidate> queue = new PriorityQueue<>();
    for (int i = 0; i < size; i++) {
      next[i] = i + 1 < size ? i + 1 : -1;
      previous[i] = i - 1;
      offer(queue, symbols, i, next[i], merges);
    }
    for (Candidate c = queue.poll(); c != null; c = queue.poll()) {
      int right = next[c.at];
      // A candidate is stale once either of its symbols has been merged into something else.
      if (symbols[c.at] != c.left || right < 0 || symbols[right] != c.right) {
        continue;
      }
      symbols[c.at] = c.token;
      symbols[right] = -1;
      next[c.at] = next[right];
      if (next[right] >= 0) {
        previous[next[right]] = c.at;
      }
      offer(queue, symbols, previous[c.at], c.at, merges);
      offer(queue, symbols, c.at, next[c.at], merges);
    }
    return Arrays.stream(symbols).filter(symbol -> symbol >= 0).toArray();
  }

  private static void offer(
      PriorityQueue<Candidate> queue, int[] symbols, int left, int right, PairTable merges) {
    if (left < 0 || right < 0) {
      return;
    }
    long found = merges.find(symbols[left], symbols[right]);
    if (found != Long.MAX_VALUE) {
      queue.add(
          new Candidate((int) (found >>> 32), left, symbols[left], symbols[right], (int) found));
    }
  }
}
