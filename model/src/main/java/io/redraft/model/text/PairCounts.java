package io.redraft.model.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * How often every pair of neighbouring tokens occurs in a set of counted words, kept up to date
 * while pairs are merged. A merge visits only the words that have the pair.
 */
final class PairCounts {
  /** A pair of tokens, with its frequency at the time it was looked at. */
  record Pair(int left, int right, long count) implements Comparable<Pair> {
    /** The most frequent first; of equals the smaller ids. */
    @Override
    public int compareTo(Pair other) {
      int byCount = Long.compare(other.count, count);
      if (byCount != 0) {
        return byCount;
      }
      int byLeft = Integer.compare(left, other.left);
      return byLeft != 0 ? byLeft : Integer.compare(right, other.right);
    }
  }

  private static final class Occurrences {
    private long count;

    /** The count under which the pair stands in the queue. */
    private long queued;

    /** Words that have had the pair; some may have lost it to a merge since. */
    private final IntList words = new IntList();
  }

  private final List<int[]> words = new ArrayList<>();
  private final List<Long> frequencies = new ArrayList<>();
  private final Map<Long, Occurrences> pairs = new HashMap<>();
  private final PriorityQueue<Pair> queue = new PriorityQueue<>();

  /** Pairs that have become more frequent since the queue was last looked at. */
  private final Set<Long> risen = new HashSet<>();

  /** Adds a word that occurs {@code frequency} times. */
  void addWord(int[] symbols, long frequency) {
    for (int i = 0; i + 1 < symbols.length; i++) {
      change(symbols[i], symbols[i + 1], words.size(), frequency);
    }
    words.add(symbols);
    frequencies.add(frequency);
  }

  /** The pair that occurs most often, or null if none occurs {@code fewest} times. */
  Pair mostFrequent(long fewest) {
    risen.forEach(this::offer);
    risen.clear();
    while (!queue.isEmpty()) {
      Pair pair = queue.poll();
      long key = key(pair.left, pair.right);
      Occurrences now = pairs.get(key);
      if (now == null || now.queued != pair.count) {
        continue; // another entry of the same pair stands for it
      }
      now.queued = 0;
      if (now.count == pair.count) {
        return pair.count >= fewest ? pair : null;
      }
      offer(key);
    }
    return null;
  }

  /** Replaces the pair by {@code token} in all words. */
  void merge(Pair pair, int token) {
    IntList places = pairs.get(key(pair.left, pair.right)).words;
    for (int i = 0; i < places.size(); i++) {
      int word = places.get(i);
      words.set(word, merge(words.get(word), word, pair, token));
    }
    pairs.remove(key(pair.left, pair.right));
  }

  private int[] merge(int[] symbols, int word, Pair pair, int token) {
    int[] merged = new int[symbols.length];
    long frequency = frequencies.get(word);
    int size = 0;
    for (int i = 0; i < symbols.length; i++) {
      int next = i + 1 < symbols.length ? symbols[i + 1] : -1;
      if (symbols[i] != pair.left || next != pair.right) {
        merged[size++] = symbols[i];
        continue;
      }
      if (size > 0) {
        change(merged[size - 1], pair.left, word, -frequency);
        change(merged[size - 1], token, word, frequency);
      }
      if (i + 2 < symbols.length) {
        change(pair.right, symbols[i + 2], word, -frequency);
        change(token, symbols[i + 2], word, frequency);
      }
      merged[size++] = token;
      i++;
    }
    return size == symbols.length ? symbols : Arrays.copyOf(merged, size);
  }

  private void change(int left, int right, int word, long change) {
    long key = key(left, right);
    Occurrences pair = pairs.computeIfAbsent(key, k -> new Occurrences());
    pair.count += change;
    if (change > 0) {
      int size = pair.words.size();
      if (size == 0 || pair.words.get(size - 1) != word) {
        pair.words.add(word);
      }
      risen.add(key);
    }
  }

  private void offer(long key) {
    Occurrences pair = pairs.get(key);
    if (pair != null && pair.count > pair.queued) {
      pair.queued = pair.count;
      queue.add(new Pair((int) (key >>> 32), (int) key, pair.count));
    }
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
