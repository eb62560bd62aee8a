package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * Events on their way to a reader that may be slower than the denoising. It keeps every commit,
 * every re-opening and the end, and of the drafts only the newest. It counts what leaves it, so
 * that the text can wait for its reader. Events leave in the order of their numbers. Belongs to one
 * thread.
 */
public final class EventOutbox {
  private final Queue<GenerationEvent> kept = new ArrayDeque<>();
  private Drafted draft;
  private boolean ended;
  private long dropped;
  private long bytes;
  private long left;

  /** Takes the next event of a request; events after the end are a bug of the sender. */
  public void offer(GenerationEvent event) {
    if (ended) {
      throw new IllegalStateException("event " + event.number() + " after the end");
    }
    bytes += EventBytes.of(event);
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
      leave(sent);
      return Optional.of(sent);
    }
    if (next != null) {
      leave(kept.remove());
    }
    return Optional.ofNullable(next);
  }

  /** Events that wait. */
  public int size() {
    return kept.size() + (draft == null ? 0 : 1);
  }

  /** Bytes ({@link EventBytes}) of the events that wait. */
  public long bytes() {
    return bytes;
  }

  /** Bytes of the events that were polled or dropped since this was last asked. */
  public long takeLeft() {
    long taken = left;
    left = 0;
    return taken;
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
      leave(draft);
      draft = null;
      dropped++;
    }
  }

  private void leave(GenerationEvent event) {
    long size = EventBytes.of(event);
    bytes -= size;
    left += size;
  }
}
