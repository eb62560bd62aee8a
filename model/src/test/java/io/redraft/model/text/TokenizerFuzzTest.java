package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Whatever a tokenizer or a corpus holds, its reader either understands it or refuses it in one
 * line. A normal build replays the inputs beside this class; {@code junit-platform.properties}
 * tells how to search for new ones.
 */
class TokenizerFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void llama2cTokenizer(byte[] data) {
    try {
      // The first byte chooses how many pieces the model asks for.
      int tokens = 259 + (data.length == 0 ? 0 : data[0] & 0x0f);
      Llama2cVocabulary vocabulary = Llama2cVocabulary.parse("file", data, tokens);
      JsonFiles.parseObject("file", vocabulary.toJson());
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  @FuzzTest(maxDuration = "1m")
  void tokenizerJson(byte[] data) {
    try {
      String json = new String(data, StandardCharsets.UTF_8);
      TokenizerFile file = TokenizerFile.of("file", JsonFiles.parseObject("file", json));
      PieceSpelling.of(file.root()).pieces(file);
      if (ByteLevelBpeTokenizer.handles(file)) {
        Tokenizer tokenizer = ByteLevelBpeTokenizer.of(file);
        assertThat(tokenizer.decode(tokenizer.encode("a text"))).endsWith("a text");
      } else if (CharacterTokenizer.handles(file)) {
        assertThat(CharacterTokenizer.of(file).encode("")).isEmpty();
      }
    } catch (InvalidInputException refused) {
      assertOneLine(refused);
    }
  }

  @FuzzTest(maxDuration = "1m")
  void corpus(byte[] data) throws IOException {
    for (String format : List.of("file", "lines", "paragraphs", "stories", "jsonl")) {
      List<String> documents = new ArrayList<>();
      try (StrictUtf8Reader text = new StrictUtf8Reader("file", new ByteArrayInputStream(data))) {
        DocumentFormat.named(format).read("file", new BufferedReader(text), documents::add);
      } catch (InvalidInputException refused) {
        assertOneLine(refused);
      }
      assertThat(documents).allMatch(document -> document.equals(document.strip()));
    }
  }

  private static void assertOneLine(InvalidInputException refused) {
    assertThat(refused.getMessage()).startsWith("file").doesNotContain("\n");
  }
}
