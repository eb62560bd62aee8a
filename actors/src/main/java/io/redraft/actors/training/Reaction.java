package io.redraft.actors.training;

import java.util.List;
import java.util.function.Consumer;

/**
 * What a run does about a message: what it journals, which may be nothing, and what it does once
 * that is safe, when it is told the state after it.
 */
record Reaction(List<JournalledEvent> events, Consumer<RunState> afterwards) {
  /** It leaves things as they are. */
  static final Reaction NONE = new Reaction(List.of(), state -> {});

  Reaction {
    events = List.copyOf(events);
  }

  /** Journals this, and that is all. */
  static Reaction journal(List<JournalledEvent> events) {
    return new Reaction(events, state -> {});
  }

  /** Journals nothing. */
  static Reaction then(Consumer<RunState> afterwards) {
    return new Reaction(List.of(), afterwards);
  }
}
