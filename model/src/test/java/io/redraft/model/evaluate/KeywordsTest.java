package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.text.Tokenizers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Over bytes, so that places are those of characters. */
class KeywordsTest {
  private static List<String> of(String text, int count) {
    var tokenizer = Tokenizers.bytes();
    int[] tokens = tokenizer.encode(text);
    return Keywords.of(tokens, count, tokenizer).stream()
        .map(word -> tokenizer.decode(Arrays.copyOfRange(tokens, word.from(), word.to())))
        .toList();
  }

  @Test
  void theLongestWordOfEachPartIsItsKeyword() {
    // Parts: "The small fox was " and "seen, \"there\" again" cut at 18 and 19 characters.
    assertThat(of("The small fox was seen, \"there\" again", 2)).containsExactly("small", "there");
  }

  @Test
  void wordsAreTrimmedAndThoseThatMayBeCutArePassedOver() {
    assertThat(of("Longestword a (bcd). ef Longestword", 1)).containsExactly("bcd");
    assertThat(of("Once 12345 ... 678 end", 1)).isEmpty();
  }

  @Test
  void aWordOfAnyScriptIsOne() {
    assertThat(of("यह एक छोटी कहानी है और बस", 1)).containsExactly("कहानी");
  }

  @Test
  void aWordThatFillsMostOfAPartLeavesNothingToWrite() {
    assertThat(of("a incomprehensible b", 1)).isEmpty();
  }
}
