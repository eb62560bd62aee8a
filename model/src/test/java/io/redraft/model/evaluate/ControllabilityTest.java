package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.text.Tokenizers;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ControllabilityTest {
  private static Controllability.Settings settings(int masks) {
    return new Controllability.Settings(
        2, masks, new GenerationSettings(3, 0, OptionalInt.empty(), 0, 1, 1, 5));
  }

  private static HeldOutPiece piece(String text) {
    return new HeldOutPiece(Tokenizers.bytes().encode(text));
  }

  /** The bound of the positions that are not pinned, by listing every set of them. */
  private static double byListing(int[] tokens, boolean[] pinned, boolean seen) {
    int[] rest =
        java.util.stream.IntStream.range(0, tokens.length).filter(p -> !pinned[p]).toArray();
    double total = 0;
    for (int set = 1; set < 1 << rest.length; set++) {
      int[] inputs = tokens.clone();
      for (int p = 0; p < tokens.length; p++) {
        inputs[p] = pinned[p] && !seen ? Models.MASK : tokens[p];
      }
      for (int i = 0; i < rest.length; i++) {
        inputs[rest[i]] = (set >> i & 1) == 1 ? Models.MASK : inputs[rest[i]];
      }
      int k = Integer.bitCount(set);
      // ∫ t^(k−1) (1−t)^(n−k) dt = (k−1)! (n−k)! / n!
      double weight = factorial(k - 1) * factorial(rest.length - k) / factorial(rest.length);
      for (int i = 0; i < rest.length; i++) {
        if ((set >> i & 1) == 1) {
          total += weight * Models.loss(inputs, rest[i], tokens[rest[i]]);
        }
      }
    }
    return total;
  }

  private static double factorial(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
  }

  @Test
  void theBoundsAreThoseFoundByListingEveryMask() {
    int[] tokens = {10, 20, 30, 40, 50, 60, 70};
    boolean[] pinned = {false, false, true, true, false, false, false};
    var bound = new KeywordBound(Models.denoiser(), 40_000, 3);
    for (boolean seen : new boolean[] {true, false}) {
      double exact = byListing(tokens, pinned, seen);
      // 40 000 masks: the standard error is about 0.3 %, and times below 10⁻³ are left out.
      assertThat(bound.of(0, tokens, pinned, seen)).isCloseTo(exact, within(0.02 * exact));
    }
  }

  @Test
  void pinnedWordsAreInEveryText() {
    var pieces =
        List.of(
            piece("A small dog ran over the green hill today"),
            piece("... 1 2 3"),
            piece("Her brother found another letter under his bed"));
    var found = Controllability.of(Models.denoiser(), pieces, settings(4), done -> {});
    // small, green; brother, another (bytes): the piece without a word is left out.
    assertThat(found.pinned()).isEqualTo(5 + 5 + 7 + 6).isEqualTo(found.kept());
    assertThat(found.keywords()).isEqualTo(4).isEqualTo(found.found());
    assertThat(found.texts()).hasSize(2);
    assertThat(found.texts().get(0).given()).isEqualTo("smallgreen");
    assertThat(found.rest()).isEqualTo(41 - 10 + 46 - 13);
    assertThat(found.measures()).extracting(Measure::name).contains("keyword_gain");
  }

  @Test
  void tokensThatAreNotKeptAreCounted() {
    CanvasWriter forgetful =
        (plans, progress) -> plans.stream().map(p -> new int[p.length()]).toList();
    var found =
        Controllability.of(
            Models.denoiser(forgetful),
            List.of(piece("A small dog ran over the green hill today")),
            settings(1),
            done -> {});
    assertThat(found.kept()).isZero();
    assertThat(found.found()).isZero();
    assertThat(found.pinned()).isEqualTo(10);
  }

  @Test
  void aTextWithoutWordsIsRefused() {
    assertThatThrownBy(
            () ->
                Controllability.of(
                    Models.denoiser(), List.of(piece("1 2 3 4")), settings(1), d -> {}))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("data is a text without a word to pin");
  }
}
