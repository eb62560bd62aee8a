package io.redraft.model.text;

import io.redraft.model.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains byte-level BPE (Sennrich et al. 2016): counts the words of a text, then again and again
 * makes the most frequent pair of neighbouring tokens a token of its own. Of equally frequent pairs
 * the one with the smaller ids wins, so that the same text always gives the same vocabulary.
 *
 * <p>Ids: {@code <|endoftext|>} 0, {@code [MASK]} 1, the 256 bytes in the order of their spellings,
 * then one token a merge.
 */
public final class BytePairTrainer {
  /** Entries that every vocabulary has: the special tokens and the bytes. */
  public static final int FEWEST_ENTRIES = 258;

  /** A pair that is seen once only teaches nothing about the text. */
  private static final long FEWEST_OCCURRENCES = 2;

  private static final class Count {
    private long value;
  }

  private final Map<String, Count> words = new HashMap<>();

  /** Counts the words of a document. */
  public BytePairTrainer add(String document) {
    WordScanner.scan(document, word -> words.computeIfAbsent(word, w -> new Count()).value++);
    return this;
  }

  /**
   * Trains on everything added so far.
   *
   * @param entries tokens wanted, special ones included; a short text may give fewer
   * @return the content of a {@code tokenizer.json}
   */
  public String train(int entries) {
    if (entries < FEWEST_ENTRIES) {
      throw InvalidInputException.of(
          "tokenizer entries", entries, FEWEST_ENTRIES + " or more (256 bytes, 2 special tokens)");
    }
    Map<String, Integer> specials = new LinkedHashMap<>();
    specials.put(SpecialTokens.END_OF_TEXT, 0);
    specials.put(SpecialTokens.MASK, 1);
    List<String> spellings = new ArrayList<>(specials.keySet());
    Map<String, Integer> ids = new HashMap<>();
    int[] byteTokens = new int[256];
    Arrays.stream(byteSpellings())
        .forEach(
            spelling -> {
              byteTokens[ByteLevelAlphabet.bytes(spelling)[0] & 0xff] = spellings.size();
              ids.put(spelling, spellings.size());
              spellings.add(spelling);
            });
    List<String[]> merges = new ArrayList<>();
    PairCounts pairs = countPairs(byteTokens);
    while (spellings.size() < entries) {
      PairCounts.Pair pair = pairs.mostFrequent(FEWEST_OCCURRENCES);
      if (pair == null) {
        break;
      }
      String left = spellings.get(pair.left());
      String right = spellings.get(pair.right());
      // The same spelling can come about in two ways; it stays one token.
      Integer token = ids.putIfAbsent(left + right, spellings.size());
      if (token == null) {
        token = spellings.size();
        spellings.add(left + right);
      }
      merges.add(new String[] {left, right});
      pairs.merge(pair, token);
    }
    return BytePairJson.write(ids, merges, specials);
  }

  /** Words in a fixed order, whatever order the documents came in. */
  private PairCounts countPairs(int[] byteTokens) {
    List<Map.Entry<String, Count>> sorted = new ArrayList<>(words.entrySet());
    sorted.sort(Map.Entry.comparingByKey());
    PairCounts pairs = new PairCounts();
    for (Map.Entry<String, Count> word : sorted) {
      byte[] bytes = word.getKey().getBytes(StandardCharsets.UTF_8);
      int[] symbols = new int[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        symbols[i] = byteTokens[bytes[i] & 0xff];
      }
      pairs.addWord(symbols, word.getValue().value);
    }
    return pairs;
  }

  private static String[] byteSpellings() {
    String[] spellings = new String[256];
    for (int b = 0; b < 256; b++) {
      spellings[b] = String.valueOf(ByteLevelAlphabet.toChar(b));
    }
    Arrays.sort(spellings, Comparator.naturalOrder());
    return spellings;
  }
}
