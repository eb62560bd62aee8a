package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.evaluate.TextMetrics.Text;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Against numbers worked out by hand. */
class TextMetricsTest {
  private static final WordList LIST =
      new WordList(List.of("the", "cat", "sat", "on", "mat", "a", "I", "said"));

  @Test
  void wordsAreRunsOfLettersAndNumbersAreNone() {
    assertThat(Words.of("The 3rd cat's “mother-in-law” – can’t, 'sit' 42!"))
        .extracting(Words.Word::spelling)
        .containsExactly("The", "cat's", "mother-in-law", "can't", "sit");
  }

  @Test
  void aCapitalIsANamesOnlyInsideASentence() {
    assertThat(Words.of("Zog sat. Zog said, \"Zog is Zog\" and Zog sat"))
        .filteredOn(word -> word.spelling().equals("Zog"))
        .extracting(Words.Word::nameLike)
        .containsExactly(false, false, false, true, true);
  }

  @Test
  void countsWhatTheDictionaryKnows() {
    // 9 words; unknown: Zog (sentence start), Zog (inside), splat, splat.
    var metrics = measure(new Text("Zog sat on the splat. The Zog splat mat.", new int[0]));
    assertThat(metrics.words()).isEqualTo(9);
    assertThat(metrics.knownWords()).isEqualTo(5);
    assertThat(metrics.unknownNames()).isEqualTo(1);
    assertThat(metrics.knownShare()).isEqualTo(5 / 9.0);
    assertThat(metrics.knownShareWithoutNames()).isEqualTo(5 / 8.0);
    assertThat(metrics.unknownWords().toString()).isEqualTo("{Zog=2, splat=2}");
  }

  @Test
  void distinctCountsOverAllTextsAndNotAcrossTheirEnds() {
    var metrics = measure(text("The cat sat"), text("the cat on"));
    // words: the cat sat the cat on: 4 of 6; pairs: the-cat cat-sat the-cat cat-on: 3 of 4.
    assertThat(metrics.distinct1()).isEqualTo(4 / 6.0);
    assertThat(metrics.distinct2()).isEqualTo(3 / 4.0);
    assertThat(metrics.distinct3()).isEqualTo(1);
  }

  @Test
  void entropyIsThatOfATextsOwnTokens() {
    // {1: ½, 2: ¼, 3: ¼}: ½ ln 2 + ½ ln 4 = 1.5 ln 2; the second text has one token: 0.
    var metrics = measure(tokens(1, 2, 1, 3), tokens(7, 7, 7));
    assertThat(metrics.tokenEntropy()).isCloseTo(1.5 * Math.log(2) / 2, within(1e-12));
  }

  @Test
  void repetitionIsTheShareOfRunsSeenBefore() {
    // 1231231: 1231 2312 3123 1231: 3 of 4 differ, ¼ repeated; the short text does not count.
    var metrics = measure(tokens(1, 2, 3, 1, 2, 3, 1), tokens(1, 2, 3));
    assertThat(metrics.repetition4()).isEqualTo(0.25);
  }

  @Test
  void whatHasNoWordsHasNoShares() {
    var metrics = measure(text("42 ..."));
    assertThat(metrics.words()).isZero();
    assertThat(metrics.knownShare()).isNaN();
    assertThat(metrics.distinct1()).isNaN();
    assertThat(metrics.tokenEntropy()).isNaN();
    assertThat(metrics.repetition4()).isNaN();
  }

  @Property(tries = 200)
  void aTextSaidTwiceIsHalfAsDistinctAndNotMoreRepetitive(
      @ForAll @Size(min = 4, max = 40) List<@IntRange(max = 9) Integer> ids) {
    var once = tokens(ids.stream().mapToInt(Integer::intValue).toArray());
    var words = text("cat" + ids.stream().map(i -> " w" + "abcdefghij".charAt(i)).toList());
    var single = measure(new Text(words.text(), once.tokens()));
    var doubled =
        measure(new Text(words.text(), once.tokens()), new Text(words.text(), once.tokens()));
    assertThat(doubled.distinct2()).isCloseTo(single.distinct2() / 2, within(1e-12));
    assertThat(doubled.repetition4()).isEqualTo(single.repetition4()).isBetween(0.0, 1.0);
    assertThat(doubled.tokenEntropy()).isBetween(0.0, Math.log(10) + 1e-12);
  }

  private static TextMetrics measure(Text... texts) {
    return TextMetrics.of(List.of(texts), LIST);
  }

  private static Text text(String text) {
    return new Text(text, new int[0]);
  }

  private static Text tokens(int... tokens) {
    return new Text("", tokens);
  }
}
