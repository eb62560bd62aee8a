package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * Events on their way to a reader that may be slower than the denoising. It keeps every commit,
 * every re-opening and the end, and of the drafts only the newest; so what it holds is bounded by
 * the length of the canvas, however slow the reader is. Events leave in the order of their numbers.
 * Belongs to one thread.
 */
public final class EventOutbox {
  private final Queue<GenerationEvent> kept = new ArrayDeque<>();
  private Drafted draft;
  private boolean ended;
  private long dropped;

  /** Takes the next event of a request; events after the end are a bug of the sender. */
  public void offer(GenerationEvent event) {
    if (ended) {
      throw new IllegalStateException("event " + event.number() + " after the end");
    }
    if (event instanceof Drafted newer) {
      dropDraft();
      draft = newer;
    } else {
      kept.add(event);
      ended = event instanceof Finished || event instanceof Failed;
      if (ended) {
        dropDraft(); // nobody needs to know what might have been once everything is decided
      }
    }
  }

  /** The next event to send, if there is one; it leaves the outbox. */
  public Optional<GenerationEvent> poll() {
    var next = kept.peek();
    if (draft != null && (next == null || draft.number() < next.number())) {
      var sent = draft;
      draft = null;
      return Optional.of(sent);
    }
    return Optional.ofNullable(kept.poll());
  }

  /** Events that wait. */
  public int size() {
    return kept.size() + (draft == null ? 0 : 1);
  }

  /** Whether the end was sent: nothing will ever follow. */
  public boolean isDone() {
    return ended && kept.isEmpty();
  }

  /** Drafts that a newer event made pointless before they could be sent. */
  public long droppedDrafts() {
    return dropped;
  }

  private void dropDraft() {
    if (draft != null) {
      draft = null;
      dropped++;
    }
  }
}
