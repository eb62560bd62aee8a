package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.CaughtUp;
import io.redraft.actors.serving.GenerationEvent.Committed;
import io.redraft.actors.serving.GenerationEvent.Drafted;
import io.redraft.actors.serving.GenerationEvent.EditRefused;
import io.redraft.actors.serving.GenerationEvent.Edited;
import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Finished;
import io.redraft.actors.serving.GenerationEvent.Reopened;
import io.redraft.actors.serving.GenerationEvent.Repaired;

/**
 * How much memory an event takes while it waits for its reader, in bytes: what its objects take on
 * a 64-bit machine, rounded up. On the wire it is shorter.
 */
public final class EventBytes {
  /** An event with its lists, whatever is in them. */
  static final int EVENT = 128;

  /** A token at its place: an object of 24 bytes and its reference. */
  static final int SLOT = 32;

  /** A number in a list: an object of 16 bytes and its reference. */
  static final int NUMBER = 24;

  private EventBytes() {}

  /** Size of an event. */
  public static long of(GenerationEvent event) {
    if (event instanceof Drafted draft) {
      return size(draft.slots().size(), 0, 0);
    }
    if (event instanceof Committed commit) {
      return size(commit.slots().size(), 0, 0);
    }
    if (event instanceof Reopened reopened) {
      return size(0, reopened.positions().size(), 0);
    }
    if (event instanceof Repaired repaired) {
      return size(repaired.before().size() + repaired.after().size(), 0, 0);
    }
    if (event instanceof CaughtUp caught) {
      return size(caught.changed().size(), caught.reopened().size(), 0);
    }
    if (event instanceof Edited edited) {
      return size(edited.changed().size(), edited.reopened().size() + edited.pinned().size(), 0);
    }
    if (event instanceof EditRefused refused) {
      return size(0, 0, refused.field().length() + refused.message().length());
    }
    if (event instanceof Finished finished) {
      return size(0, finished.tokens().size(), 0);
    }
    return size(0, 0, event instanceof Failed failed ? failed.message().length() : 0);
  }

  private static long size(long slots, long numbers, long characters) {
    return EVENT + SLOT * slots + NUMBER * numbers + Character.BYTES * characters;
  }
}
