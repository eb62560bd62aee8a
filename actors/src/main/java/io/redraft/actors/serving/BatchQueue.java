package io.redraft.actors.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sessions that are ready for a forward pass, in the order in which they became ready.
 *
 * <p>The oldest decides the shape of the next batch and always is in it; younger ones of the same
 * shape fill it up to the limits. So whoever stands n-th waits for at most n batches, whatever
 * shapes arrive later: nobody starves.
 */
final class BatchQueue {
  /** A session and what it wants computed. */
  record Entry(long session, Work work) {}

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

  /** Puts a session at the end; a session waits for one pass at a time. */
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
    int shape = 0;
    long rows = 0;
    var entries = waiting.values().iterator();
    while (entries.hasNext() && batch.size() < maxEntries) {
      var entry = entries.next();
      if (batch.isEmpty()) {
        shape = entry.work().shape();
      } else if ((rows + 1) * shape > maxTokens) {
        break;
      }
      boolean fits = batch.isEmpty() || (rows + entry.work().rows()) * shape <= maxTokens;
      if (entry.work().shape() == shape && fits) {
        batch.add(entry);
        rows += entry.work().rows();
        entries.remove();
      }
    }
    return batch;
  }

  /** Takes everybody out, oldest first. */
  List<Entry> drain() {
    var all = List.copyOf(waiting.values());
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
