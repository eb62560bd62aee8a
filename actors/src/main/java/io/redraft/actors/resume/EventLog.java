package io.redraft.actors.resume;

import io.redraft.actors.serving.GenerationEvent;
import io.redraft.actors.serving.GenerationEvent.CaughtUp;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Repaired;
import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.InvalidInputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * What one stream has told, for whoever has seen a part of it: everything but the drafts. Belongs
 * to one thread.
 *
 * <p>Commits are append-only, so their log is as long as the canvas. With remasking it would grow
 * for ever, and repairs add to it; therefore only its newest part is kept event by event, and of
 * the rest, for every position, the number of the event that changed it last and the token that it
 * holds since. From these follows what has changed since any number, whichever it is: positions
 * that were changed later are told as they are now, in one {@link CaughtUp}. A stream without
 * remasking and repairs always fits the newest part.
 *
 * <p>Holds at most {@value #ENTRIES} entries (an event, a token, a position) for each position of
 * the canvas, the fixed text, a token and a number for each position, and the end.
 */
final class EventLog {
  /** Commits of a whole canvas take at most 2 for each position, one end of text another. */
  static final int ENTRIES = 4;

  private static final int MASKED = -1;

  private final Deque<GenerationEvent> recent = new ArrayDeque<>();
  private int entries;
  private int canvas;
  private long last;
  private Committed pinned;
  private GenerationEvent end;

  /** Number and step of the newest event that is not kept by itself. */
  private long folded;

  private int foldedStep;
  private long[] changedAt = new long[0];
  private int[] tokens = new int[0];
  private float[] confidences = new float[0];

  /** Takes the stream's next event. */
  void add(GenerationEvent event) {
    if (event instanceof Failed) {
      end = event; // told as a status, without its number
      return;
    }
    last = event.number();
    if (event instanceof Finished) {
      end = event;
    } else if (event instanceof Drafted draft) {
      canvas = draft.canvasLength();
    } else if (event instanceof Committed commit && commit.pinned()) {
      canvas = commit.canvasLength();
      pinned = commit;
    } else {
      keep(event);
    }
  }

  private void keep(GenerationEvent event) {
    if (event instanceof Committed commit) {
      canvas = commit.canvasLength();
    }
    recent.add(event);
    entries += entriesOf(event);
    while (entries > ENTRIES * canvas) {
      var oldest = recent.remove();
      entries -= entriesOf(oldest);
      fold(oldest);
    }
  }

  /**
   * Everything that must be told to a reader that has seen the stream up to an event; the end, if
   * it is known, in any case.
   *
   * @throws InvalidInputException if there is no such event yet
   */
  List<GenerationEvent> after(long number) {
    if (number < 0 || number > last) {
      throw InvalidInputException.of("after", Long.toUnsignedString(number), "0 to " + last);
    }
    var events = new ArrayList<GenerationEvent>();
    if (pinned != null && pinned.number() > number) {
      events.add(pinned);
    }
    if (folded > number) {
      events.add(changesSince(number));
    }
    recent.stream().filter(event -> event.number() > number).forEach(events::add);
    if (end != null) {
      events.add(end);
    }
    return events;
  }

  /** Positions of the canvas, as far as they are known. */
  int canvasLength() {
    return canvas;
  }

  /** Entries that are kept event by event. */
  int entries() {
    return entries;
  }

  private CaughtUp changesSince(long number) {
    var reopened = new ArrayList<Integer>();
    var changed = new ArrayList<Slot>();
    for (int p = 0; p < changedAt.length; p++) {
      if (changedAt[p] > number && tokens[p] == MASKED) {
        reopened.add(p);
      } else if (changedAt[p] > number) {
        changed.add(new Slot(p, tokens[p], confidences[p]));
      }
    }
    return new CaughtUp(folded, foldedStep, reopened, changed);
  }

  private void fold(GenerationEvent event) {
    if (changedAt.length == 0) {
      changedAt = new long[canvas];
      tokens = new int[canvas];
      Arrays.fill(tokens, MASKED);
      confidences = new float[canvas];
    }
    folded = event.number();
    if (event instanceof Committed commit) {
      foldedStep = commit.step();
      for (var slot : commit.slots()) {
        change(slot.position(), slot.token(), slot.confidence());
      }
    } else if (event instanceof Reopened reopened) {
      foldedStep = reopened.step();
      reopened.positions().forEach(p -> change(p, MASKED, 0));
    } else if (event instanceof Repaired repaired) {
      foldedStep = repaired.step();
      repaired.after().forEach(slot -> change(slot.position(), slot.token(), slot.confidence()));
    } else {
      throw new IllegalStateException("no event of a stream without edits: " + event.number());
    }
  }

  private void change(int position, int token, float confidence) {
    changedAt[position] = folded;
    tokens[position] = token;
    confidences[position] = confidence;
  }

  private static int entriesOf(GenerationEvent event) {
    if (event instanceof Committed commit) {
      return 1 + commit.slots().size();
    }
    if (event instanceof Repaired repaired) {
      return 1 + repaired.before().size() + repaired.after().size();
    }
    return event instanceof Reopened reopened ? 1 + reopened.positions().size() : 1;
  }
}
