package io.redraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.SharedData;
import io.redraft.model.files.JsonFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainerTest {
  private static final String TALE =
      "The cat sat on the mat. The cat's hat — the other cat's hat — sat there too. ".repeat(20);

  @Property(tries = 60)
  void mergesAsTheDefinitionSays(
      @ForAll @Size(min = 1, max = 4)
          List<@StringLength(max = 60) @CharRange(from = 'a', to = 'd') String> documents) {
    String text = String.join(" ", documents) + " äaä bb bbb abab\n\n\n\n";
    JsonNode trained = parse(new BytePairTrainer().add(text).train(300));
    List<String> merges = new ArrayList<>();
    trained.path("model").path("merges").forEach(merge -> merges.add(merge.asText()));

    assertThat(merges).isEqualTo(naiveMerges(text, 300));
  }

  @Test
  void mergesOfMixedTextAreAsTheDefinitionSays() {
    for (int seed = 0; seed < 10; seed++) {
      String text = RandomText.of(new Random(seed), 600);
      List<String> merges = new ArrayList<>();
      parse(new BytePairTrainer().add(text).train(400))
          .path("model")
          .path("merges")
          .forEach(merge -> merges.add(merge.asText()));
      assertThat(merges).isEqualTo(naiveMerges(text, 400));
    }
  }

  @Property(tries = 200)
  void everyTextComesBack(@ForAll String text) {
    Tokenizer tokenizer = tokenizer(TALE, 300);
    String whole = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    assertThat(tokenizer.decode(tokenizer.encode(whole))).isEqualTo(whole);
  }

  @Test
  void theLibraryReadsWhatWasTrained() {
    TokenizerFile file = file(TALE, 320);
    assertThat(ByteLevelBpeTokenizer.handles(file)).isTrue();
    Tokenizer ours = ByteLevelBpeTokenizer.of(file);
    Tokenizer theirs = HuggingFaceJsonTokenizer.of(file);
    for (int seed = 0; seed < 200; seed++) {
      String text = TALE.substring(0, 50 + seed) + RandomText.of(new Random(seed), 40);
      assertThat(ours.encode(text)).isEqualTo(theirs.encode(text));
      assertThat(theirs.decode(ours.encode(text))).isEqualTo(text);
    }
    assertThat(ours.special(Tokenizers.END_OF_TEXT))
        .isEqualTo(theirs.special("<|endoftext|>"))
        .isZero();
    assertThat(ours.special(Tokenizers.MASK)).isEqualTo(1);
  }

  @Test
  void aSpaceIsPutBeforeTheTextWhereTheFileSaysSo() {
    String json = new BytePairTrainer().add(TALE).train(320);
    String prefixed = json.replace("\"add_prefix_space\" : false", "\"add_prefix_space\" : true");
    TokenizerFile file = TokenizerFile.of("trained", parse(prefixed));
    Tokenizer ours = ByteLevelBpeTokenizer.of(file);
    Tokenizer theirs = HuggingFaceJsonTokenizer.of(file);
    for (String text : List.of("cat", " cat", "  cat", "\tcat", "\u00a0cat", "'s", "", "\n", "漢")) {
      assertThat(ours.encode(text)).as(text).isEqualTo(theirs.encode(text));
    }
    assertThat(ours.encode("cat")).isEqualTo(ours.encode(" cat")).hasSize(1);
  }

  @Test
  void halfACharacterIsAQuestionMark() {
    TokenizerFile file = file(TALE, 320);
    for (Tokenizer tokenizer :
        List.of(ByteLevelBpeTokenizer.of(file), HuggingFaceJsonTokenizer.of(file))) {
      assertThat(tokenizer.decode(tokenizer.encode("a\ud800b\udc00"))).isEqualTo("a?b?");
    }
  }

  @Test
  void frequentWordsBecomeOneToken() {
    Tokenizer tokenizer = tokenizer(TALE, 300);
    assertThat(tokenizer.encode(" cat")).hasSize(1);
    assertThat(new String(tokenizer.piece(tokenizer.encode(" cat")[0]), StandardCharsets.UTF_8))
        .isEqualTo(" cat");
  }

  @Test
  void theOrderOfDocumentsDoesNotMatter() {
    String[] documents = TALE.split("\\. ");
    BytePairTrainer forwards = new BytePairTrainer();
    BytePairTrainer backwards = new BytePairTrainer();
    for (int i = 0; i < documents.length; i++) {
      forwards.add(documents[i]);
      backwards.add(documents[documents.length - 1 - i]);
    }
    assertThat(forwards.train(300)).isEqualTo(backwards.train(300));
  }

  @Test
  void aTextThatTeachesNothingGivesTheBytesAlone() {
    assertThat(tokenizer("a", 5000).vocabularySize()).isEqualTo(258);
    assertThatThrownBy(() -> new BytePairTrainer().train(257))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("tokenizer entries is 257; allowed: 258 or more");
  }

  @Test
  void storiesAreCutIntoLongPiecesAsTheLibraryCutsThem(@TempDir Path folder) throws Exception {
    Path stories = SharedData.file("data/synthetic_stories.child.txt.xz");
    List<String> documents = new Corpus(List.of(stories), new DocumentFormat.Stories()).documents();
    assertThat(documents).hasSize(2727);
    BytePairTrainer trainer = new BytePairTrainer();
    documents.subList(0, 400).forEach(trainer::add);
    TokenizerFile file =
        TokenizerFile.of("trained", JsonFiles.parseObject("t", trainer.train(1500)));
    Tokenizer ours = ByteLevelBpeTokenizer.of(file);
    Tokenizer theirs = HuggingFaceJsonTokenizer.of(file);

    assertThat(ours.vocabularySize()).isEqualTo(1500);
    for (String story : documents.subList(400, 440)) {
      int[] tokens = ours.encode(story);
      assertThat(tokens).isEqualTo(theirs.encode(story));
      assertThat(ours.decode(tokens)).isEqualTo(story);
      // Single bytes would give 1 character a token; 1500 entries give about 3.
      assertThat((double) story.length() / tokens.length).isGreaterThan(2.5);
    }
  }

  /** Counts all pairs anew before every merge. */
  private static List<String> naiveMerges(String text, int entries) {
    List<String> alphabet =
        IntStream.range(0, 256).mapToObj(b -> "" + ByteLevelAlphabet.toChar(b)).sorted().toList();
    List<String> vocabulary = new ArrayList<>(alphabet);
    List<List<String>> words = new ArrayList<>();
    WordScanner.scan(
        text,
        word -> {
          String spelled = ByteLevelAlphabet.spell(word.getBytes(StandardCharsets.UTF_8));
          words.add(new ArrayList<>(Arrays.asList(spelled.split(""))));
        });
    List<String> merges = new ArrayList<>();
    while (vocabulary.size() + 2 < entries) {
      Map<List<Integer>, Integer> counts = new HashMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(
              List.of(vocabulary.indexOf(word.get(i)), vocabulary.indexOf(word.get(i + 1))),
              1,
              Integer::sum);
        }
      }
      List<Integer> best = null;
      for (Map.Entry<List<Integer>, Integer> entry : counts.entrySet()) {
        int more = best == null ? 1 : entry.getValue() - counts.get(best);
        boolean smaller =
            best != null
                && (entry.getKey().get(0) < best.get(0)
                    || (entry.getKey().get(0).equals(best.get(0))
                        && entry.getKey().get(1) < best.get(1)));
        if (more > 0 || (more == 0 && smaller)) {
          best = entry.getKey();
        }
      }
      if (best == null || counts.get(best) < 2) {
        break;
      }
      String left = vocabulary.get(best.get(0));
      String right = vocabulary.get(best.get(1));
      merges.add(left + " " + right);
      if (!vocabulary.contains(left + right)) {
        vocabulary.add(left + right);
      }
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.get(i).equals(left) && word.get(i + 1).equals(right)) {
            word.set(i, left + right);
            word.remove(i + 1);
          }
        }
      }
    }
    return merges;
  }

  private static Tokenizer tokenizer(String text, int entries) {
    return ByteLevelBpeTokenizer.of(file(text, entries));
  }

  private static TokenizerFile file(String text, int entries) {
    return TokenizerFile.of("trained", parse(new BytePairTrainer().add(text).train(entries)));
  }

  private static JsonNode parse(String json) {
    return JsonFiles.parseObject("trained", json);
  }
}
