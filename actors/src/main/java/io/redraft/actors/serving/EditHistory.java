package io.redraft.actors.serving;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.Edited;
import io.redraft.model.decode.Splice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * What happened to positions, by event number, so that an edit that was written for an earlier
 * canvas can be understood or refused. Immutable.
 *
 * @param moves how positions moved, oldest first; the latest {@value #KEPT}
 * @param forgotten number of the latest move that is not kept any more, 0 if all are
 * @param changed number of the event that last decided, re-opened or replaced each position
 */
record EditHistory(List<Move> moves, long forgotten, long[] changed) {
  /** A client that is further behind than this has not read for long. */
  static final int KEPT = 256;

  /** Positions moved in the event of this number. */
  record Move(long number, Splice splice) {}

  /** Nothing has happened to a canvas of this length. */
  static EditHistory start(int length) {
    return new EditHistory(List.of(), 0, new long[length]);
  }

  /** An event decided or re-opened positions. */
  EditHistory changed(long number, List<Integer> positions) {
    long[] later = changed.clone();
    positions.forEach(p -> later[p] = number);
    return new EditHistory(moves, forgotten, later);
  }

  /** An edit was told in the event of this number. */
  EditHistory edited(long number, Edited edited) {
    var splice = edited.splice();
    var later = new long[edited.state().plan().length()];
    for (int p = 0; p < changed.length; p++) {
      int now = splice.move(p);
      if (now >= 0 && now < later.length) {
        later[now] = changed[p];
      }
    }
    Arrays.fill(
        later, splice.at(), Math.min(splice.at() + splice.inserted(), later.length), number);
    for (int p : edited.changed()) {
      later[p] = number;
    }
    for (int p : edited.reopened()) {
      later[p] = number;
    }
    if (!splice.changes()) {
      return new EditHistory(moves, forgotten, later);
    }
    var kept = new ArrayList<>(moves);
    kept.add(new Move(number, splice));
    long oldest = kept.size() > KEPT ? kept.remove(0).number() : forgotten;
    return new EditHistory(List.copyOf(kept), oldest, later);
  }

  /**
   * The edit for the canvas as it stands now.
   *
   * @param base number of the last event that the client knew of; empty if it means the canvas now
   * @param told number of the last event that was told
   * @throws InvalidInputException if what it names was taken apart since, or if it pins a token
   *     that the client has not seen
   */
  CanvasEdit translate(CanvasEdit edit, OptionalLong base, long told) {
    if (base.isEmpty()) {
      return edit;
    }
    long seen = base.getAsLong();
    if (seen < forgotten || seen > told) {
      throw InvalidInputException.of(
          "base", Long.toUnsignedString(seen), forgotten + " to " + told);
    }
    var now = edit;
    for (var move : moves) {
      if (move.number() > seen) {
        now = now.moved(move.splice()).orElseThrow(() -> outdated(seen, move.number()));
      }
    }
    if (now instanceof CanvasEdit.Pin pin) {
      checkSeen(pin, seen);
    }
    return now;
  }

  private void checkSeen(CanvasEdit.Pin pin, long seen) {
    int from = Math.max(0, pin.from());
    long to = Math.min((long) pin.from() + pin.length(), changed.length);
    for (int p = from; p < to; p++) {
      if (changed[p] > seen) {
        throw outdated(seen, changed[p]);
      }
    }
  }

  private static InvalidInputException outdated(long seen, long number) {
    return InvalidInputException.of(
        "base", seen, number + " or more, since event " + number + " changed what the edit names");
  }
}
