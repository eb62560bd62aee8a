package io.redraft.model.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.evaluate.ScriptErrors.Case;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptErrorsTest {
  private static ScriptErrors of(String prompt, String written) {
    return ScriptErrors.of(List.of(new Case(prompt, written)));
  }

  @Test
  void wordsOfThePromptsScriptAreRight() {
    assertThat(of("Once upon", "a time, in 1999 – café naïve"))
        .isEqualTo(new ScriptErrors(5, 0, 0, 0));
    // A conjunct with a zero-width joiner, and marks that inherit their script.
    assertThat(of("एक", "कहानी क्\u200Dष है।")).isEqualTo(new ScriptErrors(3, 0, 0, 0));
  }

  @Test
  void aWordThatMixesScriptsIsWrongOnce() {
    // kahaनी mixes and leaves; the а of dаy is Cyrillic.
    assertThat(of("Once", "kahaनी dаy night")).isEqualTo(new ScriptErrors(3, 2, 2, 2));
    assertThat(of("एक once", "kahaनी")).isEqualTo(new ScriptErrors(1, 1, 0, 1));
  }

  @Test
  void aWordInAScriptThatThePromptHasNotIsWrong() {
    assertThat(of("एक दिन", "राजा said नमस्ते")).isEqualTo(new ScriptErrors(3, 0, 1, 1));
    assertThat(of("एक day", "राजा said")).isEqualTo(new ScriptErrors(2, 0, 0, 0));
    assertThat(of("12 –", "राजा said")).as("no prompt").isEqualTo(new ScriptErrors(2, 0, 0, 0));
  }

  @Test
  void scriptsThatOneLanguageWritesTogetherAreOne() {
    assertThat(of("日本の", "東京タワー です")).isEqualTo(new ScriptErrors(2, 0, 0, 0));
    assertThat(of("中文", "東京タワー")).isEqualTo(new ScriptErrors(1, 0, 1, 1));
    assertThat(of("한국", "漢字 한국어 ひ")).isEqualTo(new ScriptErrors(3, 0, 1, 1));
  }

  @Test
  void brokenCharactersAndEmojiBelongToNoScript() {
    assertThat(of("एक", "\uFFFD 👨\u200D👩")).isEqualTo(new ScriptErrors(1, 0, 0, 0));
  }

  @Test
  void measuresAreSharesOfWords() {
    assertThat(of("Once", "kahaनी day дом x").measures())
        .extracting(Measure::text)
        .containsExactly("4", "25.00 %", "50.00 %", "50.00 %");
    assertThat(of("Once", "1 2").measures().get(3).text()).isEqualTo("–");
  }
}
