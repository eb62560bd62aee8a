package io.redraft.actors.serving;

import io.redraft.model.decode.PassShape;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sessions that are ready for a forward pass, in order of rank: the moment at which they became
 * ready, earlier by one {@code ageing} for every level of priority. With equal priorities that is
 * the order in which they became ready.
 *
 * <p>The first decides the shape of the next batch and always is in it; others of a shape that
 * joins it fill it up to the limits, unless either is to be computed alone. So whoever stands n-th
 * waits for at most n batches, whatever shapes arrive later, except for those of higher priority
 * that become ready within (difference of priorities) × {@code ageing}: nobody starves.
 */
final class BatchQueue {
  /** A session, what it wants computed, and the moment that decides its place. */
  record Entry(long session, Work work, Instant rank) {}

  private final int maxEntries;
  private final int maxTokens;
  private final Map<Long, Entry> waiting = new LinkedHashMap<>();

  /**
   * An empty queue.
   *
   * @param maxEntries sessions a batch, at least 1
   * @param maxTokens tokens a batch over all its canvases; one session alone may exceed it
   */
  BatchQueue(int maxEntries, int maxTokens) {
    this.maxEntries = maxEntries;
    this.maxTokens = maxTokens;
  }

  /** Takes a session in; a session waits for one pass at a time. */
  void add(Entry entry) {
    if (waiting.putIfAbsent(entry.session(), entry) != null) {
      throw new IllegalStateException("session " + entry.session() + " already waits");
    }
  }

  /** Takes a session out; whether it waited. */
  boolean remove(long session) {
    return waiting.remove(session) != null;
  }

  /** Takes the next batch out; empty only when nobody waits. */
  List<Entry> next() {
    var batch = new ArrayList<Entry>();
    PassShape shape = null;
    long tokens = 0;
    var entries = inOrder().iterator();
    while (entries.hasNext() && batch.size() < maxEntries) {
      var entry = entries.next();
      var work = entry.work();
      if (batch.isEmpty()) {
        shape = work.shape();
      } else if (tokens >= maxTokens) {
        break;
      }
      boolean fits = batch.isEmpty() || (!work.alone() && tokens + work.tokens() <= maxTokens);
      if (work.shape().joins(shape) && fits) {
        batch.add(entry);
        tokens += work.tokens();
        waiting.remove(entry.session());
        if (work.alone()) {
          break;
        }
      }
    }
    return batch;
  }

  private List<Entry> inOrder() {
    // Stable: of equal rank, the one that came first.
    return waiting.values().stream().sorted(Comparator.comparing(Entry::rank)).toList();
  }

  /** Takes everybody out, in order. */
  List<Entry> drain() {
    var all = inOrder();
    waiting.clear();
    return all;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }
}
