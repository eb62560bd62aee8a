package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RankingTest {
  @Property
  void isAStableSortFromTheLargestDown(@ForAll @Size(max = 50) float[] scores) {
    int[] expected =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparing(i -> -(scores[i] + 0f)))
            .mapToInt(Integer::intValue)
            .toArray();
    assertThat(order(scores)).isEqualTo(expected);
  }

  @Test
  void ranksInfinitiesAndKeepsTheOrderOfEqualsWhateverTheSignOfZero() {
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(order(0f, -infinity, -0f, -1f, infinity, 1e-45f, 0f))
        .containsExactly(4, 5, 0, 2, 6, 3, 1);
  }

  private static int[] order(float... scores) {
    int n = scores.length;
    var candidates = new Candidates(new int[n], new int[n], scores, new float[n]);
    return Ranking.bestFirst(candidates, i -> scores[i]);
  }
}
