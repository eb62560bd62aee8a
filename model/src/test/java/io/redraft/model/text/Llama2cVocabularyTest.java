package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.SharedData;
import io.redraft.model.files.JsonFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class Llama2cVocabularyTest {
  private static final List<String> PIECES =
      List.of(" t", "he", " the", "▁", "th", "é", " ", "t", "h", "e", "a", "漢", "at", "hat", "hea");

  @Test
  void encodesAsLlama2cDoes() throws IOException {
    agrees(Llama2cFiles.tokenizer(PIECES), "the that heat hé漢字▁ <s> \t");
  }

  @Test
  void encodesAsLlama2cDoesWithARealVocabulary() throws IOException {
    agrees(
        Files.readAllBytes(SharedData.file("models/tok512.bin")),
        "Once upon a time, there was a little girl named Lily. \"Let's play!\" ");
  }

  @Test
  void textSurvivesAndSpecialTokensAreNotRead() {
    Tokenizer tokenizer = open(Llama2cFiles.tokenizer(PIECES));
    String text = "</s> the hat\n\n <s>漢字 ▁";
    int[] tokens = tokenizer.encode(text);
    assertThat(tokens).doesNotContain(0, 1, 2);
    assertThat(tokenizer.decode(tokens)).isEqualTo(text);
    assertThat(tokenizer.special("<s>")).isEqualTo(1);
    assertThat(tokenizer.encode("")).isEmpty();
    assertThat(tokenizer.piece(tokenizer.encode("the")[0])).asString().isEqualTo(" the");
    assertThat(tokenizer.piece(tokenizer.encode("字")[1])).containsExactly(0xe5);
  }

  @Test
  void refusesAFileCutAnywhere() {
    byte[] whole = Llama2cFiles.tokenizer(PIECES);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Llama2cVocabulary.parse("t.bin", cut, 274))
          .as("cut after %s bytes", length)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("t.bin: ");
    }
  }

  @Test
  void namesTheTokenThatLies() {
    refuses(bytes -> bytes.putInt(0, -1), "max_token_length: -1; allowed: 1 to 65536");
    refuses(bytes -> bytes.putFloat(4, Float.NaN), "token 0: score NaN; allowed: finite");
    refuses(bytes -> bytes.putInt(8, 100), "token 0: length 100; allowed: 1 to 6");
    refuses(bytes -> bytes.putInt(8, -100), "token 0: length -100; allowed: 1 to 6");
    refuses(bytes -> bytes.put(12, (byte) 0xff), "token 0: not UTF-8");
    assertThatThrownBy(() -> Llama2cVocabulary.parse("t.bin", Llama2cFiles.tokenizer(PIECES), 99))
        .hasMessage("t.bin: tokens: 274; the model has vocab_size 99");
    assertThatThrownBy(
            () ->
                Llama2cVocabulary.parse(
                    "t.bin", Llama2cFiles.tokenizer(List.of("a", " ", "a")), 262))
        .hasMessage("t.bin: token 261: the same piece as token 259");
    assertThatThrownBy(
            () -> Llama2cVocabulary.parse("t.bin", Llama2cFiles.tokenizer(List.of("a")), 260))
        .hasMessageContaining("the space are required");
  }

  private static void refuses(Consumer<ByteBuffer> lie, String problem) {
    byte[] file = Llama2cFiles.tokenizer(PIECES);
    lie.accept(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
    assertThatThrownBy(() -> Llama2cVocabulary.parse("t.bin", file, 274))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("t.bin: " + problem);
  }

  private static void agrees(byte[] file, String words) {
    Tokenizer ours = open(file);
    Llama2cReferenceEncoder reference = new Llama2cReferenceEncoder(file);
    assertThat(ours.encode(words)).isEqualTo(reference.encode(words));
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i >= 0; i--) {
        int from = random.nextInt(words.length());
        text.append(words, from, from + random.nextInt(words.length() - from));
        text.append(RandomText.of(random, 6));
      }
      String sample = text.toString().replace("\0", ""); // llama2.c ends there
      assertThat(ours.encode(sample)).as(sample).isEqualTo(reference.encode(sample));
    }
  }

  private static Tokenizer open(byte[] file) {
    String json = Llama2cVocabulary.parse("t.bin", file, count(file)).toJson();
    return HuggingFaceJsonTokenizer.of(
        TokenizerFile.of("tokenizer.json", JsonFiles.parseObject("tokenizer.json", json)));
  }

  private static int count(byte[] file) {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int tokens = 0;
    for (bytes.position(4); bytes.hasRemaining(); tokens++) {
      bytes.getFloat();
      bytes.position(bytes.getInt() + bytes.position());
    }
    return tokens;
  }
}
