package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.SharedData;
import io.redraft.model.files.JsonFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizersTest {
  private static final String MIXED =
      "It's they'll 'tis  12 345½ naïve—“quotes”\n\n\tनमस्ते दुनिया, 你好 🙂👍🏽 a\u0301 \u00a0x \u2028y\r\n ''s I'VE";

  /** Large files are unpacked and opened once for all tests. */
  @TempDir static Path unpacked;

  private static final Map<String, Tokenizer> OPENED = new HashMap<>();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "tinystories10k.bpe"})
  void plainJavaAgreesWithTheLibraryOnByteLevelVocabularies(String name) throws IOException {
    TokenizerFile file = TokenizerFile.read(shared(name));
    assertThat(ByteLevelBpeTokenizer.handles(file)).isTrue();
    Tokenizer ours = ByteLevelBpeTokenizer.of(file);
    Tokenizer theirs = HuggingFaceJsonTokenizer.of(file);

    assertThat(ours.vocabularySize()).isEqualTo(theirs.vocabularySize());
    assertThat(ours.encode(MIXED)).isEqualTo(theirs.encode(MIXED));
    for (int seed = 0; seed < 400; seed++) {
      String text = RandomText.of(new Random(seed), 120);
      int[] tokens = ours.encode(text);
      assertThat(tokens).as("seed %s: %s", seed, text).isEqualTo(theirs.encode(text));
      assertThat(ours.decode(tokens)).isEqualTo(text).isEqualTo(theirs.decode(tokens));
    }
  }

  @Test
  void aVeryLongWordIsMergedAsTheLibraryMergesIt() throws IOException {
    TokenizerFile file = TokenizerFile.read(shared("gpt2"));
    Random random = new Random(3);
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < 5000; i++) {
      word.append("etaoinshr".charAt(random.nextInt(9)));
    }
    assertThat(ByteLevelBpeTokenizer.of(file).encode(word.toString()))
        .isEqualTo(HuggingFaceJsonTokenizer.of(file).encode(word.toString()));
  }

  @Test
  void gpt2EncodesAsPublished() throws IOException {
    Tokenizer gpt2 = open("gpt2");
    assertThat(gpt2.encode("Hello world")).containsExactly(15496, 995);
    assertThat(gpt2.special("<|endoftext|>")).isEqualTo(50256);
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2,<|endoftext|>",
    "babyberta8k,<mask>",
    "bert-base-uncased,[MASK]",
    "llama2,</s>",
    "qwen2_5,<|im_start|>",
    "tinystories10k.bpe,<|endoftext|>"
  })
  void textThatSpellsASpecialTokenIsEncodedAsText(String name, String special) throws IOException {
    Tokenizer tokenizer = open(name);
    int id = tokenizer.special(special);
    assertThat(id).isNotNegative();

    int[] tokens = tokenizer.encode("a " + special + " b" + special);

    assertThat(tokens).doesNotContain(id).hasSizeGreaterThan(4);
    assertThat(tokenizer.decode(tokens).replace(" ", "").toLowerCase())
        .isEqualTo(("a" + special + "b" + special).toLowerCase());
    assertThat(tokenizer.piece(id)).isEmpty();
    assertThat(tokenizer.decode(new int[] {id})).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "llama2",
        "qwen2_5",
        "tinystories10k.bpe",
        "bert-base-uncased",
        "babyberta8k"
      })
  void piecesJoinedAreTheText(String name) throws IOException {
    Tokenizer tokenizer = open(name);
    String text = "once upon a time the 3 small dogs ran playfully";
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (int token : tokenizer.encode(text)) {
      joined.writeBytes(tokenizer.piece(token));
    }
    assertThat(joined.toString(StandardCharsets.UTF_8).stripLeading()).isEqualTo(text);
    assertThat(tokenizer.decode(tokenizer.encode(text)).strip()).isEqualTo(text);
  }

  @Test
  void bytesOutsideTheVocabularyComeBackThroughByteFallback() throws IOException {
    Tokenizer llama = open("llama2");
    assertThat(llama.decode(llama.encode(MIXED))).isEqualTo(MIXED);
    int[] tokens = llama.encode("🦥");
    assertThat(llama.piece(tokens[tokens.length - 1])).containsExactly(0xa5);
  }

  @Test
  void longTextIsNeitherCutNorPadded() throws IOException {
    Tokenizer bert = open("bert-base-uncased"); // its file says 128 for both
    assertThat(bert.encode("word ".repeat(1000))).hasSize(1000);
    assertThat(bert.encode("word")).hasSize(1);
  }

  @Test
  void theBuiltInBytesAreAHuggingFaceTokenizerToo() throws IOException {
    Tokenizer bytes = Tokenizers.bytes();
    Path file = Files.writeString(folder.resolve("tokenizer.json"), ByteTokenizer.toJson());
    Tokenizer opened = Tokenizers.open(folder);
    Tokenizer library = HuggingFaceJsonTokenizer.of(TokenizerFile.read(file));

    for (Tokenizer other : new Tokenizer[] {opened, library}) {
      assertThat(other.encode(MIXED)).isEqualTo(bytes.encode(MIXED));
      assertThat(other.decode(bytes.encode(MIXED))).isEqualTo(MIXED);
      assertThat(other.special("[MASK]")).isEqualTo(bytes.special("[MASK]")).isEqualTo(257);
      assertThat(other.vocabularySize()).isEqualTo(bytes.vocabularySize()).isEqualTo(258);
    }
    assertThat(bytes.encode("[MASK]")).containsExactly('[', 'M', 'A', 'S', 'K', ']');
    assertThat(bytes.decode(new int[] {'a', 257, 0xff, 256, 'b'})).isEqualTo("a\ufffdb");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {}                                                             | model.vocab: missing
          {"model":{"type":"BPE","vocab":{}}}                            | model.vocab: empty
          {"model":{"vocab":{"a":0,"b":0}}}                              | id 0 is given twice
          {"model":{"vocab":{"a":-1}}}                                   | model.vocab.a: -1; allowed
          {"model":{"vocab":{"a":900000000}}}                            | model.vocab.a: 900000000; allowed
          {"model":{"vocab":{"a":"x"}}}                                  | model.vocab.a
          {"model":{"vocab":[1]}}                                        | model.vocab: 1 is not a piece
          {"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}      | tokenizer: not understood
          {"model":{"type":"New","vocab":{"a":0}}}                       | tokenizer: not understood
          {"model":{"vocab":{"a":0}},"added_tokens":[{"content":"x"}]}   | added_tokens.x
          [1]                                                            | not a JSON object
          {"model":                                                      | not valid JSON
          """)
  void refusesAFileThatIsNoTokenizer(String json, String problem) throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
    assertThatThrownBy(() -> Tokenizers.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void refusesAMergeOfTokensThatAreNotThere() throws IOException {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), ByteTokenizer.toJson());
    ObjectNode root = (ObjectNode) JsonFiles.readObject(file);
    ((ObjectNode) root.get("model")).putArray("merges").add("a bc");
    Files.writeString(file, root.toString());

    assertThatThrownBy(() -> Tokenizers.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("model.merges[0]");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> Tokenizers.open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("tokenizer.json is missing");
  }

  private static Tokenizer open(String name) throws IOException {
    Path file = shared(name);
    return OPENED.computeIfAbsent(name, n -> Tokenizers.open(file));
  }

  private static Path shared(String name) throws IOException {
    Path file = unpacked.resolve(name);
    return Files.exists(file)
        ? file
        : SharedData.unpack("data/tokenizers/" + name + ".tokenizer.json.xz", file);
  }
}
