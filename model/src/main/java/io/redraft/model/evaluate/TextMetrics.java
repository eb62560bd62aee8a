package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How texts look, told without a model: whether their words exist, and whether they repeat
 * themselves or each other.
 *
 * @param texts number of texts
 * @param words words in them; numbers are none
 * @param knownWords words that the dictionary knows
 * @param unknownNames unknown words with a capital that no beginning of a sentence explains;
 *     counted among {@code words}
 * @param distinct1 different words divided by words, over all texts, case ignored
 * @param distinct2 the same for pairs of words
 * @param distinct3 the same for three words in a row
 * @param tokenEntropy entropy of a text's own token distribution in nats, mean over texts
 * @param repetition4 share of a text's runs of four tokens that it had before, mean over texts
 * @param unknownWords the unknown words with their counts, the most frequent first
 */
public record TextMetrics(
    int texts,
    int words,
    int knownWords,
    int unknownNames,
    double distinct1,
    double distinct2,
    double distinct3,
    double tokenEntropy,
    double repetition4,
    Map<String, Integer> unknownWords) {

  /**
   * A text and the tokens that it was written in.
   *
   * @param text what a reader sees
   * @param tokens token ids, special tokens left out
   */
  public record Text(String text, int[] tokens) {}

  /** Measures texts. */
  public static TextMetrics of(List<Text> texts, WordList dictionary) {
    List<List<String>> folded = new ArrayList<>();
    List<List<Integer>> tokens = new ArrayList<>();
    Map<String, Integer> unknown = new LinkedHashMap<>();
    int words = 0;
    int names = 0;
    for (Text text : texts) {
      var found = Words.of(text.text());
      words += found.size();
      for (var word : found) {
        if (!dictionary.knows(word.spelling())) {
          unknown.merge(word.spelling(), 1, Integer::sum);
          names += word.nameLike() ? 1 : 0;
        }
      }
      folded.add(found.stream().map(w -> w.spelling().toLowerCase(Locale.ROOT)).toList());
      tokens.add(Arrays.stream(text.tokens()).boxed().toList());
    }
    return new TextMetrics(
        texts.size(),
        words,
        words - unknown.values().stream().mapToInt(Integer::intValue).sum(),
        names,
        NGrams.distinct(1, folded),
        NGrams.distinct(2, folded),
        NGrams.distinct(3, folded),
        NGrams.entropy(tokens),
        NGrams.repetition(4, tokens),
        byCount(unknown));
  }

  /** Share of words that the dictionary knows; NaN where there are no words. */
  public double knownShare() {
    return (double) knownWords / words;
  }

  /** The same with {@link #unknownNames} left out of the words. */
  public double knownShareWithoutNames() {
    return (double) knownWords / (words - unknownNames);
  }

  private static Map<String, Integer> byCount(Map<String, Integer> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
  }
}
