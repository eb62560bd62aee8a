package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@link TextMetrics} tells of written texts, as measures. */
public final class SampleMeasures {
  private SampleMeasures() {}

  /**
   * Measures texts.
   *
   * @param dictionary empty: nothing is said about words that exist
   */
  public static List<Measure> of(List<WrittenText> texts, Optional<WordList> dictionary) {
    var found =
        TextMetrics.of(
            texts.stream().map(t -> new TextMetrics.Text(t.text(), t.tokens())).toList(),
            dictionary.orElse(new WordList(List.of())));
    long tokens = texts.stream().mapToLong(text -> text.tokens().length).sum();
    List<Measure> measures = new ArrayList<>();
    measures.add(Measure.count("sample_texts", "texts", found.texts()));
    measures.add(Measure.count("sample_tokens", "tokens", tokens));
    measures.add(Measure.count("sample_words", "words", found.words()));
    measures.add(plain("distinct_1", "distinct-1", found.distinct1()));
    measures.add(plain("distinct_2", "distinct-2", found.distinct2()));
    measures.add(plain("distinct_3", "distinct-3", found.distinct3()));
    measures.add(Measure.information("token_entropy", "token entropy, nats", found.tokenEntropy()));
    measures.add(Measure.share("repetition_4", "repeated 4-grams", found.repetition4()));
    if (dictionary.isPresent()) {
      measures.add(
          Measure.share("dictionary_words", "words in the dictionary", found.knownShare()));
    }
    return measures;
  }

  private static Measure plain(String name, String label, double value) {
    return new Measure(name, label, value, Measure.Unit.PLAIN);
  }
}
