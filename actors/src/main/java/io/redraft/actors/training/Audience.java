package io.redraft.actors.training;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Those who watch a run, and those who wait for its end; every event that they are told has the
 * next number. A part of {@link TrainingRun}, confined to its actor.
 */
final class Audience {
  private final Set<ActorRef<RunEvent>> watchers = new LinkedHashSet<>();
  private final List<ActorRef<TrainingEvent.Ended>> waiting = new ArrayList<>();
  private long number;

  void add(ActorRef<RunEvent> watcher) {
    watchers.add(watcher);
  }

  void remove(ActorRef<?> watcher) {
    watchers.removeIf(watcher::equals);
  }

  /** Tells the end once it comes. */
  void awaitEnd(ActorRef<TrainingEvent.Ended> asker) {
    waiting.add(asker);
  }

  void tell(TrainingEvent event) {
    var numbered = new RunEvent(++number, event);
    watchers.forEach(watcher -> watcher.tell(numbered));
    if (event instanceof TrainingEvent.Ended end) {
      waiting.forEach(asker -> asker.tell(end));
      waiting.clear();
    }
  }
}
