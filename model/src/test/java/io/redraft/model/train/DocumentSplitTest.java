package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.config.DataSettings;
import io.redraft.model.train.config.DataSettings.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DocumentSplitTest {
  private static DocumentSplit split(List<String> documents, double share, Split how, long seed) {
    var data = new DataSettings(Path.of(""), List.of("a.txt"), "file", share, how, 0);
    return DocumentSplit.of(documents, data, seed);
  }

  @Test
  void equalDocumentsFallOnTheSameSide() {
    List<String> documents = new ArrayList<>();
    for (var i = 0; i < 3000; i++) {
      documents.add("document " + i % 1000);
    }
    var split = split(documents, 0.2, Split.DOCUMENTS, 7);
    assertThat(split.training()).doesNotContainAnyElementsOf(split.validation());
    assertThat(split.training().size() + split.validation().size()).isEqualTo(3000);
    // 1000 fair coins of 0.2: a standard deviation of 0.013.
    assertThat(split.validation().size() / 3000.0).isCloseTo(0.2, within(0.05));
    // Another seed keeps others, and a document's neighbours have no say.
    assertThat(split(documents, 0.2, Split.DOCUMENTS, 8).validation())
        .isNotEqualTo(split.validation());
    assertThat(split(documents.subList(500, 1500), 0.2, Split.DOCUMENTS, 7).validation())
        .allMatch(split.validation()::contains);
  }

  @ParameterizedTest
  @EnumSource(Split.class)
  void aSingleDocumentIsCutAtACharacterOfItsEnd(Split how) {
    var split = split(List.of("abcdefgh🙂🙂"), 0.1, how, 1);
    assertThat(split.training()).containsExactly("abcdefgh🙂");
    assertThat(split.validation()).containsExactly("🙂");
  }

  @Test
  void theTailIsWholeDocumentsCutNearestToTheShare() {
    var documents = List.of("a".repeat(50), "b".repeat(36), "c".repeat(10), "d".repeat(4));
    // 90 of 100 characters are wanted: 86 is nearer than 96.
    assertThat(split(documents, 0.1, Split.TAIL, 1).validation())
        .containsExactlyElementsOf(documents.subList(2, 4));
    // Of 97 wanted, 96 is nearest; of 99, 96 too, since one document stays to evaluate on.
    assertThat(split(documents, 0.03, Split.TAIL, 1).validation()).containsExactly("dddd");
    assertThat(split(documents, 0.01, Split.TAIL, 2).validation()).containsExactly("dddd");
    assertThat(split(documents, 0.99, Split.TAIL, 3).training()).containsExactly("a".repeat(50));
    assertThat(split(documents, 0, Split.TAIL, 3).validation()).isEmpty();
  }

  @Test
  void refusesToKeepEverything() {
    var copies = List.of("same", "same", "same");
    assertThatThrownBy(() -> split(copies, 0.9999, Split.DOCUMENTS, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("data.validation is 0.9999; allowed: less");
  }
}
