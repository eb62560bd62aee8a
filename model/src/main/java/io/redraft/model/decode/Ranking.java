package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Orders candidates by a score; equal scores keep the order of their positions. */
final class Ranking {
  /** What a candidate is worth, given its index. */
  @FunctionalInterface
  interface Score {
    double of(int index);
  }

  private Ranking() {}

  /** Indices of all candidates, best score first. */
  static int[] bestFirst(Candidates candidates, Score score) {
    double[] scores = IntStream.range(0, candidates.size()).mapToDouble(score::of).toArray();
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The first {@code count} of an order, ascending. */
  static int[] first(int[] order, int count) {
    int[] chosen = Arrays.copyOf(order, Math.min(order.length, count));
    Arrays.sort(chosen);
    return chosen;
  }
}
