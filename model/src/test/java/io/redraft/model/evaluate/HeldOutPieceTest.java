package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutPieceTest {
  private static List<int[]> pieces(int length, int least, int count, int... sizes) {
    var documents =
        IntStream.range(0, sizes.length)
            .mapToObj(d -> IntStream.range(0, sizes[d]).map(i -> 100 * d + i).toArray())
            .toList();
    return HeldOutPiece.of(documents, length, least, count).stream()
        .map(HeldOutPiece::tokens)
        .toList();
  }

  @Test
  void documentsAreCutAndShortPiecesLeftOut() {
    assertThat(pieces(3, 2, 9, 7, 1, 2))
        .containsExactly(new int[] {0, 1, 2}, new int[] {3, 4, 5}, new int[] {200, 201});
  }

  @Test
  void fewerAreSpreadEvenly() {
    // Ten pieces of one token; the middles of two halves are the third and the eighth.
    assertThat(pieces(1, 1, 2, 10)).containsExactly(new int[] {2}, new int[] {7});
    assertThat(pieces(1, 1, 1, 0)).isEmpty();
  }
}
