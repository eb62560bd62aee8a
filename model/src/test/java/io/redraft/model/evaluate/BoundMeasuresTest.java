package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.text.Tokenizers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against numbers worked out by hand. */
class BoundMeasuresTest {
  @Test
  void aUniformGuessCostsTheLogarithmOfTheVocabulary() {
    var found = BoundMeasures.uniform(new EvaluationText(new int[] {1, 2, 1}, 6, 2), 8);
    assertThat(found.natsPerToken()).isCloseTo(Math.log(8), within(1e-12));
    assertThat(found.perplexity()).isCloseTo(8, within(1e-9));
    assertThat(found.bitsPerByte()).isCloseTo(3 * 3 / 6.0, within(1e-12));
    assertThat(found.bitsPerCharacter()).isCloseTo(3 * 3 / 2.0, within(1e-12));
  }

  @Test
  void unigramsOfTheFirstHalfAreScoredOnTheSecond() {
    // First half a a b, second half a é (two bytes) and the end of text; 258 entries.
    int[] text = {'a', 'a', 'b', 'a', 0xC3, 0xA9, 256};
    var found =
        BoundMeasures.unigram(new EvaluationText(text, 6, 5), 258, Tokenizers.bytes()::piece);
    double nats = -Math.log(3 / 261.0) - 3 * Math.log(1 / 261.0);
    assertThat(found.tokens()).isEqualTo(4);
    assertThat(found.nats()).isCloseTo(nats, within(1e-9));
    assertThat(found.bytes()).isEqualTo(3);
    assertThat(found.characters()).isEqualTo(2);
  }

  @Test
  void measuresAreTheEvaluationsNumbers() {
    var found = new Evaluation(false, 10, 40, 20, 10 * Math.log(2), 8, List.of());
    var measures = BoundMeasures.of(found);
    assertThat(measures)
        .extracting(Measure::name)
        .containsExactly(
            "tokens",
            "bytes",
            "characters",
            "nats_per_token",
            "bits_per_byte",
            "bits_per_character",
            "perplexity");
    assertThat(measures)
        .extracting(Measure::text)
        .containsExactly("10", "40", "20", "0.6931", "0.2500", "0.5000", "2.00");
  }
}
