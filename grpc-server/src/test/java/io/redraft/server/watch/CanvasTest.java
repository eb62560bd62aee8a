package io.redraft.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.redraft.proto.v1.Commit;
import io.redraft.proto.v1.Draft;
import io.redraft.proto.v1.Edit;
import io.redraft.proto.v1.EditAccepted;
import io.redraft.proto.v1.GenerateEvent;
import io.redraft.proto.v1.Slot;
import io.redraft.server.watch.Cell.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class CanvasTest {
  private final Canvas canvas = new Canvas();

  @Test
  void draftsComeAndGoAndCommitsStay() {
    canvas.apply(commit(0, 4, true, slot(0, "A")));
    canvas.apply(draft(1, 4, slot(1, "b"), slot(2, "c")));
    assertThat(states()).containsExactly(State.PINNED, State.DRAFT, State.DRAFT, State.MASK);

    canvas.apply(commit(1, 4, false, slot(1, "b")));
    canvas.apply(draft(2, 4, slot(3, "d")));
    assertThat(states())
        .as("the old draft at 2 is gone; what was decided a step ago is no longer fresh")
        .containsExactly(State.PINNED, State.COMMITTED, State.MASK, State.DRAFT);
    assertThat(canvas.decided().toStringUtf8()).isEqualTo("Ab");
    assertThat(canvas.open()).isEqualTo(2);
    assertThat(canvas.step()).isEqualTo(2);
  }

  @Test
  void whatIsDecidedInTheNewestStepIsFresh() {
    canvas.apply(commit(1, 2, false, slot(0, "a")));
    canvas.apply(commit(2, 2, false, slot(1, "b")));
    assertThat(states()).containsExactly(State.COMMITTED, State.FRESH);
  }

  @Test
  void aLateDraftDoesNotOverwriteWhatIsDecided() {
    canvas.apply(commit(1, 1, false, slot(0, "a")));
    canvas.apply(draft(1, 1, slot(0, "z")));
    assertThat(canvas.decided().toStringUtf8()).isEqualTo("a");
  }

  @Test
  void anEditReopensAndChanges() {
    canvas.apply(commit(1, 2, false, slot(0, "a"), slot(1, "b")));
    canvas.apply(
        GenerateEvent.newBuilder()
            .setEdit(Edit.newBuilder().setStep(2).addReopened(0).addChanged(slot(1, "B")))
            .build());
    assertThat(states()).containsExactly(State.MASK, State.FRESH);
    assertThat(canvas.decided().toStringUtf8()).isEqualTo("B");
  }

  @Test
  void anAcceptedEditMovesCutsReopensChangesAndPinsInThisOrder() {
    canvas.apply(commit(0, 5, true, slot(0, "a")));
    canvas.apply(commit(1, 5, false, slot(1, "b"), slot(2, "c")));
    // "b" becomes "XY"; of the masks at 3 and 4, one is cut off; "c", at 3 now, is re-opened.
    canvas.apply(
        GenerateEvent.newBuilder()
            .setEditAccepted(
                EditAccepted.newBuilder()
                    .setId(1)
                    .setSplice(
                        EditAccepted.Splice.newBuilder().setAt(1).setRemoved(1).setInserted(2))
                    .setCanvasLength(5)
                    .setEdit(
                        Edit.newBuilder()
                            .setStep(1)
                            .addReopened(3)
                            .addChanged(slot(1, "X"))
                            .addChanged(slot(2, "Y")))
                    .addPinned(1))
            .build());
    assertThat(states())
        .containsExactly(State.PINNED, State.PINNED, State.FRESH, State.MASK, State.MASK);
    assertThat(canvas.decided().toStringUtf8()).isEqualTo("aXY");
  }

  private List<State> states() {
    return canvas.cells().stream().map(Cell::state).toList();
  }

  private static GenerateEvent commit(int step, int length, boolean pinned, Slot... slots) {
    return GenerateEvent.newBuilder()
        .setCommit(
            Commit.newBuilder()
                .setStep(step)
                .setCanvasLength(length)
                .setPinned(pinned)
                .addAllSlots(List.of(slots)))
        .build();
  }

  private static GenerateEvent draft(int step, int length, Slot... slots) {
    return GenerateEvent.newBuilder()
        .setDraft(
            Draft.newBuilder().setStep(step).setCanvasLength(length).addAllSlots(List.of(slots)))
        .build();
  }

  private static Slot slot(int position, String piece) {
    return Slot.newBuilder().setPosition(position).setPiece(ByteString.copyFromUtf8(piece)).build();
  }
}
