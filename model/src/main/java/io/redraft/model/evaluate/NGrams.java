package io.redraft.model.evaluate;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Counts of what follows what. */
final class NGrams {
  private NGrams() {}

  /**
   * Distinct-n (Li et al. 2016, A Diversity-Promoting Objective Function): different n-grams
   * divided by all n-grams, over all sequences together; none reaches from one into the next. NaN
   * where there is no n-gram.
   */
  static <T> double distinct(int n, List<List<T>> sequences) {
    Set<List<T>> different = new HashSet<>();
    long all = 0;
    for (List<T> sequence : sequences) {
      for (int i = 0; i + n <= sequence.size(); i++) {
        different.add(sequence.subList(i, i + n));
        all++;
      }
    }
    return all == 0 ? Double.NaN : (double) different.size() / all;
  }

  /**
   * Seq-rep-n (Welleck et al. 2019, Neural Text Generation with Unlikelihood Training): 1 −
   * different n-grams / n-grams of a sequence, averaged over the sequences that have one; NaN where
   * none has.
   */
  static <T> double repetition(int n, List<List<T>> sequences) {
    return sequences.stream()
        .filter(sequence -> sequence.size() >= n)
        .mapToDouble(sequence -> 1 - distinct(n, List.of(sequence)))
        .average()
        .orElse(Double.NaN);
  }

  /**
   * Entropy of a sequence's own distribution of tokens, −Σ p ln p in nats, averaged over the
   * sequences that have any (Zheng et al. 2024, arXiv:2409.02908, tell samples that collapsed by
   * it); NaN where none has.
   */
  static <T> double entropy(List<List<T>> sequences) {
    return sequences.stream()
        .filter(sequence -> !sequence.isEmpty())
        .mapToDouble(NGrams::entropyOf)
        .average()
        .orElse(Double.NaN);
  }

  private static <T> double entropyOf(List<T> sequence) {
    Map<T, Integer> counts = new HashMap<>();
    sequence.forEach(token -> counts.merge(token, 1, Integer::sum));
    double size = sequence.size();
    return counts.values().stream().mapToDouble(c -> -c / size * Math.log(c / size)).sum();
  }
}
