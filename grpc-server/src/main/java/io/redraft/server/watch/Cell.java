package io.redraft.server.watch;

import com.google.protobuf.ByteString;

/**
 * One position of a canvas as a reader sees it.
 *
 * @param state how sure its token is
 * @param piece the token's bytes, perhaps a part of a character; empty for a mask
 */
public record Cell(State state, ByteString piece) {
  /** Nothing is proposed here yet. */
  public static final Cell MASKED = new Cell(State.MASK, ByteString.EMPTY);

  /** Whether nothing is decided here. */
  public boolean open() {
    return state == State.DRAFT || state == State.MASK;
  }

  /** How sure a position's token is. */
  public enum State {
    /** Fixed by the request. */
    PINNED,
    /** Decided in an earlier step. */
    COMMITTED,
    /** Decided in the newest step. */
    FRESH,
    /** What the model would write now; provisional. */
    DRAFT,
    /** Nothing yet. */
    MASK
  }
}
