package io.redraft.model.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevel;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockTest {
  private static final int MASK = 1000;

  @Property
  void whatIsBeforeABlockIsReadAndWhatIsBehindItIsMaskedAndNotAskedFor(
      @ForAll long seed,
      @ForAll long id,
      @ForAll @IntRange(min = 1, max = 40) int tokens,
      @ForAll @IntRange(min = 1, max = 40) int longest,
      @ForAll @DoubleRange(min = 0.01, max = 1) double ratio) {
    var block = Block.of(seed, id, tokens, 1, Math.min(longest, tokens));
    var text = IntStream.range(0, tokens).toArray();
    var sample = new Sample(id, seed, text, Condition.NONE, block);
    var asked =
        Objective.NELBO.ask(
            List.of(sample), List.of(new NoiseLevel(ratio, 7)), new Corruption.Masking(MASK));
    assertThat(block.length()).isBetween(1, longest);
    assertThat(asked.rows()).hasSize(block.masks());
    for (var i = 0; i < tokens; i++) {
      var inside = i >= block.from() && i < block.end();
      var masked = asked.inputs()[i] == MASK;
      assertThat(asked.inputs()[i]).isIn(i, MASK);
      assertThat(masked)
          .isEqualTo(i >= block.end() || inside && contains(asked.rows(), i))
          .isEqualTo(i >= block.end() || masked && inside);
    }
    assertThat(asked.rows()).isEqualTo(asked.targets());
    assertThat(asked.weights()).containsOnly((float) (1.0 / block.masks()));
    // What a network is told is what it could count.
    var counted = IntStream.of(asked.inputs()).filter(token -> token == MASK).count();
    assertThat(asked.maskRatios()[0]).isEqualTo((float) ((double) counted / tokens));
  }

  private static boolean contains(int[] rows, int place) {
    return IntStream.of(rows).anyMatch(row -> row == place);
  }

  @Test
  void sharesPlacesAndCountsAreWhatWasAskedFor() {
    var draws = 120_000;
    var present = 0;
    var lengths = new int[4];
    var places = new int[10];
    var full = 0;
    for (var id = 0; id < draws; id++) {
      var block = Block.of(5, id, 10, 0.5, 3);
      if (!block.none()) {
        present++;
        lengths[block.length()]++;
        if (block.length() == 1) {
          places[block.from()]++;
        }
        full += block.masks() == block.length() ? 1 : 0;
      }
    }
    // Five standard deviations of binomial counts: of 1/2, 1/6, 1/60 of the draws, and of
    // (1 + 1/2 + 1/3) / 6 of them.
    assertThat(present).isBetween(59_134, 60_866);
    for (var length = 1; length <= 3; length++) {
      assertThat(lengths[length]).isBetween(19_354, 20_646);
    }
    for (var place = 0; place < 10; place++) {
      assertThat(places[place]).isBetween(1_778, 2_222);
    }
    assertThat(full).isBetween(35_866, 37_467);
  }

  @Test
  void aBlockFitsItsSampleAndHasNoConditionBesideIt() {
    assertThatThrownBy(() -> new Block(0, 2, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Block(0, 2, 0)).isInstanceOf(IllegalArgumentException.class);
    var text = new int[] {1, 2, 3};
    var past = new Block(2, 2, 1);
    assertThatThrownBy(() -> new Sample(0, 0, text, Condition.NONE, past))
        .isInstanceOf(IllegalArgumentException.class);
    var given = new Condition(1, false);
    assertThatThrownBy(() -> new Sample(0, 0, text, given, new Block(1, 2, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
