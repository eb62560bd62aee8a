package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CharacterTokenizerTest {
  private static final String MIXED =
      " It's 12½ naïve—“quotes”\r\n\n\tनमस्ते, 你好 🙂👍🏽 a\u0301 \u00a0\u0000\u2028\"\\ [MASK] ";

  @TempDir private Path folder;

  private TokenizerFile file(String... documents) throws Exception {
    var json = Tokenizers.charactersOf(List.of(documents));
    return TokenizerFile.read(Files.writeString(folder.resolve("tokenizer.json"), json));
  }

  @Test
  void idsFollowTheCodePointsAndTheSpecialTokensFollowThem() throws Exception {
    var tokenizer = Tokenizers.open(Path.of(file("ba\n", "🙂 a").file()));
    // U+000A, U+0020, a, b, U+1F642
    assertThat(tokenizer.encode("🙂ba \n")).containsExactly(4, 3, 2, 1, 0);
    assertThat(tokenizer.special(Tokenizers.END_OF_TEXT)).isEqualTo(5);
    assertThat(tokenizer.special(Tokenizers.MASK)).isEqualTo(6);
    assertThat(tokenizer.vocabularySize()).isEqualTo(7);
    assertThat(tokenizer.piece(4)).isEqualTo("🙂".getBytes(StandardCharsets.UTF_8));
    assertThat(tokenizer.piece(6)).isEmpty();
    assertThat(tokenizer.decode(new int[] {3, 6, 5, 4})).isEqualTo("b🙂");
  }

  @Test
  void plainJavaAndTheLibraryGiveEveryTextBackWithTheSameIds() throws Exception {
    var alphabet = new StringBuilder();
    for (var seed = 0; seed < 400; seed++) {
      alphabet.append(RandomText.of(new Random(seed), 120));
    }
    var file = file(MIXED, alphabet.toString());
    assertThat(CharacterTokenizer.handles(file)).isTrue();
    var ours = CharacterTokenizer.of(file);
    var theirs = HuggingFaceJsonTokenizer.of(file);
    assertThat(ours.vocabularySize()).isEqualTo(theirs.vocabularySize());
    for (var seed = -1; seed < 400; seed++) {
      var text = seed < 0 ? MIXED : RandomText.of(new Random(seed), 120);
      var ids = ours.encode(text);
      assertThat(ids).hasSize(text.codePointCount(0, text.length()));
      assertThat(ids).as("seed %s", seed).isEqualTo(theirs.encode(text));
      assertThat(ours.decode(ids)).isEqualTo(text).isEqualTo(theirs.decode(ids));
    }
    assertThat(ours.encode("[MASK]")).doesNotContain(ours.special("[MASK]")).hasSize(6);
  }

  @Test
  void aCharacterOutsideTheVocabularyIsRefusedByNameAndByTheLibraryToo() throws Exception {
    var file = file("abc");
    assertThatThrownBy(() -> CharacterTokenizer.of(file).encode("abécé"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "text is with the character U+00E9 (é); allowed: the 3 characters of the model's"
                + " vocabulary");
    assertThatThrownBy(() -> HuggingFaceJsonTokenizer.of(file).encode("abé"))
        .hasMessageContaining("WordLevel error");
  }

  @Test
  void halfOfASurrogatePairIsAQuestionMark() throws Exception {
    var tokenizer = CharacterTokenizer.of(file("a\ud83d"));
    assertThat(tokenizer.vocabularySize()).isEqualTo(4);
    assertThat(tokenizer.decode(tokenizer.encode("\ude00a"))).isEqualTo("?a");
  }

  @Test
  void aWordLevelVocabularyOfWordsIsLeftToTheLibrary() throws Exception {
    var path = Path.of(file("abc").file());
    var root = (ObjectNode) JsonFiles.readObject(path);
    ((ObjectNode) root.path("model").path("vocab")).put("word", 5);
    assertThat(CharacterTokenizer.handles(TokenizerFile.of("file", root))).isFalse();
  }
}
