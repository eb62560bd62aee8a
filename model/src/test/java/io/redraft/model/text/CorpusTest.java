package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class CorpusTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          file           | one/two//three//        | one/two//three
          lines          | one/two//three//        | one,two,three
          paragraphs     | /one/two// /three//     | one/two,three
          stories        | p<start>one/two<end>//q<start> three <end> p<start>4<end> | one/two,three,4
          stories        | p<start><end>q<start>one<end>  | one
          jsonl          | {"text":"one"}//{"id":1,"text":"two"} | one,two
          jsonl:question | {"question":"one"}      | one
          """)
  void dividesAFileIntoDocuments(String format, String text, String documents) throws IOException {
    Path file = Files.writeString(folder.resolve("text"), text.replace('/', '\n'));
    assertThat(new Corpus(List.of(file), DocumentFormat.named(format)).documents())
        .containsExactly(documents.replace('/', '\n').split(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          stories | a<start>b<end>/c<end>      | line 2: <end> out of turn
          stories | a<start>b<start>c          | line 1: <start> out of turn
          stories | a<start>b/c                | line 2: the last story has no <end>
          jsonl   | {"text":"a"}/{"texts":"b"} | line 2: field text is missing
          jsonl   | {"text":1}                 | line 1: field text is no text
          jsonl   | {"text":                   | line 1: not JSON
          """)
  void namesTheLineThatIsNotOfTheFormat(String format, String text, String problem)
      throws IOException {
    Path file = Files.writeString(folder.resolve("text"), text.replace('/', '\n'));
    Corpus corpus = new Corpus(List.of(file), DocumentFormat.named(format));
    assertThatThrownBy(corpus::documents)
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(file + ": " + problem);
  }

  @Test
  void unpacksOnTheWay() throws IOException {
    byte[] text = "naïve\n\nsecond".getBytes(StandardCharsets.UTF_8);
    Path xz = folder.resolve("a.xz");
    try (OutputStream out = new XZOutputStream(Files.newOutputStream(xz), new LZMA2Options())) {
      out.write(text);
    }
    Path gz = folder.resolve("b.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gz))) {
      out.write(text);
    }

    assertThat(new Corpus(List.of(xz, gz), new DocumentFormat.Paragraphs()).documents())
        .containsExactly("naïve", "second", "naïve", "second");

    for (Path packed : List.of(xz, gz)) {
      byte[] whole = Files.readAllBytes(packed);
      Files.write(packed, Arrays.copyOf(whole, whole.length - 9));
      refuses(packed, packed + ": cannot be read: ");
      Files.writeString(packed, "not packed");
      refuses(packed, packed + ": cannot be read: ");
    }
  }

  @Test
  void namesTheByteThatIsNotUtf8() throws IOException {
    Path file = folder.resolve("text");
    // The offset counts bytes: é is two of them, and the text is longer than any buffer.
    byte[] text = "é".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    text[150_001] = 'x';
    Files.write(file, text);
    refuses(file, file + ": not UTF-8 at byte 150000");
    Files.write(file, Arrays.copyOf(text, 100_001));
    refuses(file, file + ": not UTF-8 at byte 100000");
  }

  @Test
  void readsCharactersAcrossBuffers() throws IOException {
    String text = "🙂é漢a".repeat(40_000);
    Path file = Files.writeString(folder.resolve("text"), "\ufeff" + text);
    assertThat(new Corpus(List.of(file), new DocumentFormat.WholeFile()).documents())
        .containsExactly(text);
  }

  @Test
  void refusesAnEmptyOrMissingCorpus() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), " \n\n");
    refuses(file, "which holds no text");
    refuses(folder.resolve("absent"), "absent is missing");
    refuses(folder, "is a folder");
    assertThatThrownBy(() -> DocumentFormat.named("csv"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("format is csv; allowed: file, lines");
  }

  private static void refuses(Path file, String problem) {
    Corpus corpus = new Corpus(List.of(file), new DocumentFormat.Paragraphs());
    assertThatThrownBy(corpus::documents)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }
}
