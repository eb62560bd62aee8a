package io.redraft.model.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CorruptionTest {
  private static final int MASK = 99;
  private static final int[] ALPHABET = {3, 5, 8, 13};

  @Test
  void eightyInAHundredAreMaskedTenAreRandomTenAreLeft() {
    var corruption = new Corruption.BertMixture(MASK, ALPHABET);
    var token = 7; // not in the alphabet, so that a random token is told from one that was left
    var counts = new int[100];
    var draws = 200_000;
    for (var i = 0; i < draws; i++) {
      counts[corruption.replacement(Masks.stream(i / 50, 4), i % 50, token)]++;
    }
    // Five standard deviations of a binomial count.
    assertThat(counts[MASK]).isBetween(159_100, 160_900);
    assertThat(counts[token]).isBetween(19_330, 20_670);
    for (var random : ALPHABET) {
      assertThat(counts[random]).isBetween(4_650, 5_350);
    }
    assertThat(counts[MASK] + counts[token] + counts[3] + counts[5] + counts[8] + counts[13])
        .isEqualTo(draws);
  }

  @Property
  void whatIsReadDependsOnTheSampleAndThePlaceAlone(
      @ForAll long stream, @ForAll @IntRange(min = 0, max = 9999) int position) {
    var corruption = new Corruption.BertMixture(MASK, ALPHABET);
    assertThat(corruption.replacement(stream, position, 7))
        .isEqualTo(new Corruption.BertMixture(MASK, ALPHABET).replacement(stream, position, 7))
        .isIn(MASK, 7, 3, 5, 8, 13);
    assertThat(new Corruption.Masking(MASK).replacement(stream, position, 7)).isEqualTo(MASK);
  }

  @Test
  void withoutTokensThereIsNoRandomOne() {
    assertThatThrownBy(() -> new Corruption.BertMixture(MASK, new int[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
