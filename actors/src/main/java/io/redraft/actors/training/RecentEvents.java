package io.redraft.actors.training;

import java.util.List;
import java.util.TreeMap;

/**
 * What a run told last, for whoever watches it from an earlier moment on than it came. Of what
 * {@linkplain TrainingEvent#givesWay gives way} only the newest of each kind is kept, of everything
 * else the newest {@value #KEPT}. A part of {@link Audience}, confined to its actor.
 */
final class RecentEvents {
  /** Far more than a curriculum has stages, and half of what a watcher that does not read holds. */
  static final int KEPT = 512;

  private final TreeMap<Long, RunEvent> byNumber = new TreeMap<>();

  void add(RunEvent told) {
    if (told.event().givesWay()) {
      var kind = told.event().getClass();
      byNumber.values().removeIf(older -> older.event().getClass() == kind);
    }
    byNumber.put(told.number(), told);
    if (byNumber.size() > KEPT) {
      byNumber.pollFirstEntry();
    }
  }

  /** What is kept of what was told after the event of a number, in order. */
  List<RunEvent> after(long number) {
    return List.copyOf(byNumber.tailMap(number, false).values());
  }
}
