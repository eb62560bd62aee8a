package io.redraft.server.watch;

import com.google.protobuf.ByteString;
import io.redraft.proto.v1.Commit;
import io.redraft.proto.v1.Draft;
import io.redraft.proto.v1.Edit;
import io.redraft.proto.v1.EditAccepted;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.Slot;
import io.redraft.server.watch.Cell.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The fold of a stream's events: what stands at every position now. Drafts may be missing; commits,
 * edits and repairs may not. Not safe for several threads.
 */
public final class Canvas {
  private final List<Cell> cells = new ArrayList<>();
  private int step;

  /** Takes in the next event of the stream. */
  public void apply(GenerateEvent event) {
    switch (event.getEventCase()) {
      case DRAFT -> draft(event.getDraft());
      case COMMIT -> commit(event.getCommit());
      case EDIT -> edit(event.getEdit());
      case REPAIR -> {
        begin(event.getRepair().getStep(), cells.size());
        write(event.getRepair().getAfterList(), State.FRESH);
      }
      case EDIT_ACCEPTED -> accept(event.getEditAccepted());
      default -> {}
    }
  }

  /** The step that an event belongs to; 0 for fixed text and for the end. */
  public static int stepOf(GenerateEvent event) {
    return switch (event.getEventCase()) {
      case DRAFT -> event.getDraft().getStep();
      case COMMIT -> event.getCommit().getStep();
      case EDIT -> event.getEdit().getStep();
      case REPAIR -> event.getRepair().getStep();
      case EDIT_ACCEPTED -> event.getEditAccepted().getEdit().getStep();
      case SETTLED -> event.getSettled().getStep();
      default -> 0;
    };
  }

  /** The step that the newest event belongs to. */
  public int step() {
    return step;
  }

  /** Every position, in order. */
  public List<Cell> cells() {
    return Collections.unmodifiableList(cells);
  }

  /** Bytes of everything that is decided, in order. */
  public ByteString decided() {
    ByteString bytes = ByteString.EMPTY;
    for (Cell cell : cells) {
      if (cell.state() != State.DRAFT) {
        bytes = bytes.concat(cell.piece());
      }
    }
    return bytes;
  }

  /** Number of positions that are not decided. */
  public int open() {
    return (int) cells.stream().filter(Cell::open).count();
  }

  private void draft(Draft draft) {
    begin(draft.getStep(), draft.getCanvasLength());
    cells.replaceAll(cell -> cell.state() == State.DRAFT ? Cell.MASKED : cell);
    for (Slot slot : draft.getSlotsList()) {
      State state = cells.get(slot.getPosition()).state();
      if (state == State.MASK) {
        cells.set(slot.getPosition(), new Cell(State.DRAFT, slot.getPiece()));
      }
    }
  }

  private void commit(Commit commit) {
    begin(commit.getStep(), commit.getCanvasLength());
    write(commit.getSlotsList(), commit.getPinned() ? State.PINNED : State.FRESH);
  }

  private void edit(Edit edit) {
    begin(edit.getStep(), cells.size());
    for (int position : edit.getReopenedList()) {
      cells.set(position, Cell.MASKED);
    }
    write(edit.getChangedList(), State.FRESH);
  }

  private void accept(EditAccepted accepted) {
    begin(accepted.getEdit().getStep(), cells.size());
    var splice = accepted.getSplice();
    cells.subList(splice.getAt(), splice.getAt() + splice.getRemoved()).clear();
    cells.addAll(splice.getAt(), Collections.nCopies(splice.getInserted(), Cell.MASKED));
    if (accepted.getCanvasLength() < cells.size()) {
      cells.subList(accepted.getCanvasLength(), cells.size()).clear();
    }
    edit(accepted.getEdit());
    for (int position : accepted.getPinnedList()) {
      cells.set(position, new Cell(State.PINNED, cells.get(position).piece()));
    }
  }

  private void write(List<Slot> slots, State state) {
    for (Slot slot : slots) {
      cells.set(slot.getPosition(), new Cell(state, slot.getPiece()));
    }
  }

  /** A later step begins: what was fresh is no longer. */
  private void begin(int newStep, int length) {
    while (cells.size() < length) {
      cells.add(Cell.MASKED);
    }
    if (newStep != step) {
      step = newStep;
      cells.replaceAll(
          cell -> cell.state() == State.FRESH ? new Cell(State.COMMITTED, cell.piece()) : cell);
    }
  }
}
