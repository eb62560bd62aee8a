package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongArraysTest {
  /** What floats are brought in, 256 MiB. */
  private static final int PIECE = 1 << 26;

  private static void coverAll(int length, int most) {
    var next = 0L;
    for (var piece : LongArrays.pieces(length, most)) {
      assertThat((long) piece.from()).isEqualTo(next);
      assertThat(piece.size()).isBetween(1, most);
      assertThat(piece.to()).isEqualTo(piece.from() + piece.size()).isPositive();
      next += piece.size();
    }
    assertThat(next).isEqualTo(length);
  }

  @Test
  void cutsTheLongestArraysIntoPiecesThatCoverThem() {
    // Behind the last whole piece of these, the next place is no int any more.
    coverAll(LongArrays.MOST, PIECE);
    coverAll(LongArrays.MOST, 1 << 28);
    coverAll(2_080_374_785, PIECE); // 31 pieces and one element
    assertThat(LongArrays.pieces(LongArrays.MOST, PIECE)).hasSize(32);
    assertThat(LongArrays.pieces(2_080_374_784, PIECE)).hasSize(31);
  }

  @Test
  void cutsEveryShortArrayAsCountingElementByElementDoes() {
    for (var most = 1; most <= 7; most++) {
      for (var length = 0; length <= 30; length++) {
        List<LongArrays.Piece> counted = new ArrayList<>();
        for (var i = 0; i < length; i++) {
          if (i % most == 0) {
            counted.add(new LongArrays.Piece(i, 1));
          } else {
            var last = counted.remove(counted.size() - 1);
            counted.add(new LongArrays.Piece(last.from(), last.size() + 1));
          }
        }
        assertThat(LongArrays.pieces(length, most)).isEqualTo(counted);
      }
    }
  }

  @Test
  void bringsBackWhatItWasGiven() {
    var random = new Random(1);
    var values = new float[1000];
    for (var i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    try (var kernels = Kernels.open(Device.CPU);
        var scope = kernels.scope()) {
      var arrays = new LongArrays(kernels, scope);
      assertThat(arrays.read(arrays.floats(values, values.length))).isEqualTo(values);
      assertThat(arrays.read(arrays.floats(new float[0], 3))).isEqualTo(new float[3]);
    }
  }
}
