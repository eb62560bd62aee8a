package io.redraft.actors.training;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a run told last, for whoever watches it from an earlier moment on than it came. Of what
 * {@linkplain TrainingEvent#givesWay gives way} only the newest of each kind is kept, of everything
 * else the newest {@value #KEPT}. A part of {@link Audience}, confined to its actor.
 */
final class RecentEvents {
  /** Far more than a curriculum has stages, and half of what a watcher that does not read holds. */
  static final int KEPT = 512;

  private final Map<Class<?>, RunEvent> newest = new HashMap<>();
  private final Deque<RunEvent> others = new ArrayDeque<>();

  void add(RunEvent told) {
    if (told.event().givesWay()) {
      newest.put(told.event().getClass(), told);
      return;
    }
    others.add(told);
    if (others.size() > KEPT) {
      others.remove();
    }
  }

  /** What is kept of what was told after the event of a number, in order. */
  List<RunEvent> after(long number) {
    return Stream.concat(newest.values().stream(), others.stream())
        .filter(told -> told.number() > number)
        .sorted(Comparator.comparingLong(RunEvent::number))
        .toList();
  }
}
