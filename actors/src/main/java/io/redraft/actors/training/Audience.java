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
  private final RecentEvents recent = new RecentEvents();
  private long number;
  private RunEvent opened;
  private RunEvent ended;

  void add(ActorRef<RunEvent> watcher) {
    watchers.add(watcher);
  }

  /** Adds somebody who came later, and tells again which stage is open, and how the run ended. */
  void join(ActorRef<RunEvent> watcher) {
    add(watcher);
    if (opened != null) {
      watcher.tell(opened);
    }
    if (ended != null) {
      watcher.tell(ended);
    }
  }

  /**
   * Adds somebody who came later, and tells again what was told after the event of a number: all of
   * it where there was no such event, since whoever saw one saw it in another process. An end that
   * the run was resumed after is none any more, and is left out.
   */
  void joinAfter(long seen, ActorRef<RunEvent> watcher) {
    add(watcher);
    recent.after(seen > number ? 0 : seen).stream()
        .filter(told -> told == ended || !(told.event() instanceof TrainingEvent.Ended))
        .forEach(watcher::tell);
  }

  void remove(ActorRef<?> watcher) {
    watchers.removeIf(watcher::equals);
  }

  /** Tells the end once it comes. */
  void awaitEnd(ActorRef<TrainingEvent.Ended> asker) {
    waiting.add(asker);
  }

  /**
   * Tells everybody, but for a stage's opening that was told already: a worker may say it again.
   */
  void tell(TrainingEvent event) {
    if (opened != null && opened.event().equals(event)) {
      return;
    }
    var numbered = new RunEvent(++number, event);
    remember(numbered);
    recent.add(numbered);
    watchers.forEach(watcher -> watcher.tell(numbered));
    if (event instanceof TrainingEvent.Ended end) {
      waiting.forEach(asker -> asker.tell(end));
      waiting.clear();
    }
  }

  /** Whoever trained a stage is gone without a word: its next opening is told, whatever it says. */
  void forgetOpening() {
    opened = null;
  }

  private void remember(RunEvent told) {
    var event = told.event();
    if (event instanceof TrainingEvent.Opened) {
      opened = told;
    } else if (event instanceof TrainingEvent.StepsChanged changed && isOpen(changed.stage())) {
      var open = (TrainingEvent.Opened) opened.event();
      opened = new RunEvent(opened.number(), open.withSteps(changed.steps()));
    } else if (event instanceof TrainingEvent.Committed committed && isOpen(committed.stage())
        || event instanceof TrainingEvent.Restarting
        || event instanceof TrainingEvent.Paused) {
      opened = null;
    } else if (event instanceof TrainingEvent.Ended) {
      opened = null;
      ended = told;
    } else if (event instanceof TrainingEvent.Resumed) {
      ended = null;
    }
  }

  private boolean isOpen(int stage) {
    return opened != null && ((TrainingEvent.Opened) opened.event()).stage() == stage;
  }
}
