package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordListTest {
  private final WordList list =
      new WordList(
          List.of("a", "b", "I", "O", "cat", "cats", "Lily", "did", "we", "won't", "ice", "cream"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cat",
        "Cat",
        "CAT",
        "cats",
        "Lily",
        "LILY",
        "cat's",
        "Lily's",
        "CAT'S",
        "a",
        "A",
        "I",
        "O",
        "didn't",
        "Didn't",
        "won't",
        "we'll",
        "We've",
        "we're",
        "we'd",
        "ice-cream",
        "Ice-Cream",
        "cat-cat's"
      })
  void knowsEntriesAndWhatIsBuiltOfThem(String word) {
    assertThat(list.knows(word)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lily",
        "catz",
        "cated",
        "b",
        "i",
        "o",
        "dog's",
        "gon't",
        "'s",
        "n't",
        "ice-",
        "-ice",
        "ice--cream",
        "ice-crem",
        "caT's's'",
        "c\uFFFDt",
        "é"
      })
  void guessesNothing(String word) {
    assertThat(list.knows(word)).isFalse();
  }

  @Test
  void readsOneEntryALine(@TempDir Path folder) throws Exception {
    var file = Files.writeString(folder.resolve("words"), "cat\n\n  dog \nétude\n");
    var read = WordList.read(file);
    assertThat(read.size()).isEqualTo(3);
    assertThat(read.knows("Étude")).isTrue();
  }

  @Test
  void aListThatCannotBeReadIsNamed(@TempDir Path folder) throws Exception {
    var empty = Files.writeString(folder.resolve("empty"), "\n");
    var binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe});
    for (Path wrong : List.of(folder, folder.resolve("missing"), empty, binary)) {
      assertThatThrownBy(() -> WordList.read(wrong))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("dictionary is " + wrong + "; allowed: ");
    }
  }
}
