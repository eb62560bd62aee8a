package io.redraft.server.training;

import io.redraft.actors.training.RunEvent;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Events on their way to a watcher that may be slower than the training. Of steps, metrics,
 * evaluations and checkpoints only the newest of each kind waits; everything else is kept. Events
 * leave in the order in which they came. Belongs to one thread.
 */
final class WatchOutbox {
  private final int capacity;
  // Not by number: what is told again to a late watcher keeps the number that it had.
  private final TreeMap<Long, RunEvent> waiting = new TreeMap<>();
  private long arrivals;

  /**
   * An empty one.
   *
   * @param capacity the most events that wait
   */
  WatchOutbox(int capacity) {
    this.capacity = capacity;
  }

  /** Takes the next event; false where there is no room for it, and it was not taken. */
  boolean offer(RunEvent event) {
    if (event.event().givesWay()) {
      var kind = event.event().getClass();
      waiting.values().removeIf(older -> older.event().getClass() == kind);
    }
    if (waiting.size() == capacity) {
      return false;
    }
    waiting.put(arrivals++, event);
    return true;
  }

  /** The next event to send, if there is one; it leaves the outbox. */
  Optional<RunEvent> poll() {
    return Optional.ofNullable(waiting.pollFirstEntry()).map(entry -> entry.getValue());
  }
}
