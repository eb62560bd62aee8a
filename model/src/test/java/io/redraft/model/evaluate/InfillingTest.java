package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.decode.DecodePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Gaps of three in texts of eight: positions 2, 3 and 4. */
class InfillingTest {
  private static final List<HeldOutPiece> PIECES =
      List.of(piece("abcdefgh"), piece("aaaaaaaa"), piece("xyzabxyz"));

  private static HeldOutPiece piece(String text) {
    return new HeldOutPiece(text.chars().toArray());
  }

  private static CanvasWriter filling(List<DecodePlan> asked, String... gaps) {
    return (plans, progress) -> {
      asked.addAll(plans);
      List<int[]> written = new ArrayList<>();
      for (int i = 0; i < plans.size(); i++) {
        int[] canvas = plans.get(i).canvas();
        int[] writable = plans.get(i).writable();
        for (int n = 0; n < gaps[i].length(); n++) {
          canvas[writable[n]] = gaps[i].charAt(n);
        }
        int to = writable[0] + gaps[i].length(); // shorter: the text ended in its gap
        written.add(gaps[i].length() == 3 ? canvas : Arrays.copyOf(canvas, to));
      }
      return written;
    };
  }

  @Test
  void countsTokensAndWholeGaps() {
    List<DecodePlan> asked = new ArrayList<>();
    var model = Models.denoiser(filling(asked, "cdX", "aaa", "zab"));
    var found = Infilling.of(model, PIECES, 3, done -> {});
    assertThat(asked.get(0).canvas()).containsExactly('a', 'b', 257, 257, 257, 'f', 'g', 'h');
    assertThat(asked.get(0).options().steps()).hasValue(3);
    assertThat(asked.get(0).options().sampling().greedy()).isTrue();
    assertThat(found.tokenAccuracy()).isCloseTo(8 / 9.0, within(1e-12));
    assertThat(found.spanAccuracy()).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(found.texts().get(0).text()).isEqualTo("abcdXfgh");
    assertThat(found.texts().get(0).written()).isEqualTo("cdX");
    assertThat(found.texts().get(0).expected()).isEqualTo("cde");
  }

  @Test
  void aCausalModelSeesOnlyWhatStandsBeforeAndWhatItLeavesOutIsWrong() {
    for (int begin : new int[] {5, -1}) {
      List<DecodePlan> asked = new ArrayList<>();
      var model = Models.causal(16, begin, Models::score, filling(asked, "cde", "a", ""));
      var found = Infilling.of(model, PIECES, 3, done -> {});
      int first = begin < 0 ? 0 : 1;
      assertThat(asked.get(0).canvas()).hasSize(first + 5);
      assertThat(asked.get(0).canvas()[first]).isEqualTo('a');
      assertThat(found.rightTokens()).isEqualTo(4);
      assertThat(found.rightSpans()).isEqualTo(1);
      assertThat(found.texts().get(1).text()).isEqualTo("aaaaaa");
      assertThat(found.texts().get(2).text()).isEqualTo("xyxyz");
    }
  }

  @Test
  void theUnigramBaselineFillsInTheMostFrequentTokenOutsideOfTheGaps() {
    // Outside: ab fgh, aa aaa, xy xyz: six a. Inside, an a stands in 0 + 3 + 1 of 9 places.
    var found = Infilling.unigram(PIECES, 3);
    assertThat(found.rightTokens()).isEqualTo(4);
    assertThat(found.rightSpans()).isEqualTo(1);
    assertThat(found.tokens()).isEqualTo(9);
  }
}
