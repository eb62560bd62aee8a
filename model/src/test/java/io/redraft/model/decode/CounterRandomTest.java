package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntToDoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
  private static final int DRAWS = 200_000;
  private static final int BINS = 100;

  /** Beyond this a chi-square of 99 degrees of freedom happens once in a million. */
  private static final double CHI_SQUARE_99 = 178;

  @Test
  void isSplitMix64WithinARow() {
    // The first outputs of the reference generator (Vigna's splitmix64.c) for the seed 1234567.
    long[] reference = {
      6457827717110365317L, 3203168211198807973L, -8629252141511181193L, 4593380528125082431L
    };
    for (int token = 0; token < reference.length; token++) {
      double expected = ((reference[token] >>> 11) | 1) * 0x1p-53;
      assertThat(CounterRandom.uniform(1234567L, token)).isEqualTo(expected);
    }
  }

  @Test
  void keysStayWhatTheyAreSinceStoredSeedsMustGiveTheSameTextForever() {
    assertThat(CounterRandom.key(0, 0, 0)).isEqualTo(2558736989570252433L);
    assertThat(CounterRandom.key(-1, 7, 255)).isEqualTo(2299208054635967269L);
  }

  @Test
  void neverGivesZeroOrOne() {
    long golden = 0x9E3779B97F4A7C15L;
    // mix(0) = 0: a key that cancels the token's share draws the smallest number there is.
    assertThat(CounterRandom.uniform(-8 * golden, 7)).isEqualTo(0x1p-53);
    assertThat((((-1L) >>> 11) | 1) * 0x1p-53).isEqualTo(1 - 0x1p-53).isLessThan(1);
  }

  @Property
  void isAFunctionOfItsArguments(
      @ForAll long seed, @ForAll int step, @ForAll int position, @ForAll int token) {
    double u = CounterRandom.uniform(seed, step, position, token);
    assertThat(u)
        .isStrictlyBetween(0.0, 1.0)
        .isEqualTo(CounterRandom.uniform(CounterRandom.key(seed, step, position), token));
  }

  @Test
  void isUniformAlongEveryArgument() {
    assertUniform(i -> CounterRandom.uniform(1, 2, 3, i));
    assertUniform(i -> CounterRandom.uniform(1, 2, i, 3));
    assertUniform(i -> CounterRandom.uniform(1, i, 2, 3));
    assertUniform(i -> CounterRandom.uniform(i, 1, 2, 3));
    assertUniform(i -> CounterRandom.uniform(1, 2, i));
  }

  @Test
  void neighboursAreIndependent() {
    assertIndependent(
        i -> CounterRandom.uniform(1, 2, 3, i), i -> CounterRandom.uniform(1, 2, 3, i + 1));
    assertIndependent(
        i -> CounterRandom.uniform(1, 2, i, 3), i -> CounterRandom.uniform(1, 2, i + 1, 3));
    assertIndependent(
        i -> CounterRandom.uniform(1, i, 2, 3), i -> CounterRandom.uniform(1, i + 1, 2, 3));
    assertIndependent(
        i -> CounterRandom.uniform(i, 1, 2, 3), i -> CounterRandom.uniform(i + 1, 1, 2, 3));
    // Swapped arguments are other draws, not the same ones.
    assertIndependent(
        i -> CounterRandom.uniform(5, i, i + 1, 3), i -> CounterRandom.uniform(5, i + 1, i, 3));
    assertIndependent(
        i -> CounterRandom.uniform(5, 3, i, i + 1), i -> CounterRandom.uniform(5, 3, i + 1, i));
  }

  private static void assertUniform(IntToDoubleFunction draw) {
    int[] bins = new int[BINS];
    for (int i = 0; i < DRAWS; i++) {
      bins[(int) (draw.applyAsDouble(i) * BINS)]++;
    }
    assertThat(chiSquare(bins)).isLessThan(CHI_SQUARE_99);
  }

  /** Pairs fall evenly on a 10×10 board, which also bounds the correlation. */
  private static void assertIndependent(IntToDoubleFunction left, IntToDoubleFunction right) {
    int[] board = new int[BINS];
    for (int i = 0; i < DRAWS; i++) {
      int row = (int) (left.applyAsDouble(i) * 10);
      int column = (int) (right.applyAsDouble(i) * 10);
      board[row * 10 + column]++;
    }
    assertThat(chiSquare(board)).isLessThan(CHI_SQUARE_99);
  }

  private static double chiSquare(int[] bins) {
    double expected = (double) DRAWS / bins.length;
    double sum = 0;
    for (int count : bins) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }
}
