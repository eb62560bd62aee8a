package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.EditLimits;
import io.redraft.model.decode.Edited;
import io.redraft.model.decode.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a text that may be edited remembers besides its canvas. Immutable.
 *
 * @param limits what the network allows a canvas to become
 * @param open whether the client may still edit a text that has no mask left
 * @param history what happened to positions
 * @param unseen edits since the forward in flight was asked for, which it does not know of
 */
record Editing(EditLimits limits, boolean open, EditHistory history, List<Edited> unseen) {
  /** Nothing has been edited yet. */
  static Editing start(EditLimits limits, boolean keepOpen, int length) {
    return new Editing(limits, keepOpen, EditHistory.start(length), List.of());
  }

  /**
   * Carries out an edit.
   *
   * @throws InvalidInputException if it is not allowed, or the network takes none
   */
  Edited apply(Progress progress, CanvasEdit edit) {
    if (progress instanceof DecodeState state) {
      return state.edit(edit, limits);
    }
    throw InvalidInputException.of(
        "edit", edit.name(), "none with a causal model, which writes from left to right only");
  }

  /** An edit was told in the event of this number. */
  Editing told(long number, Edited edited, boolean inFlight) {
    var later = new ArrayList<>(unseen);
    if (inFlight) {
      later.add(edited);
    }
    return new Editing(limits, open, history.edited(number, edited), List.copyOf(later));
  }

  /** A step was told in these events; the next forward knows of everything. */
  Editing told(List<GenerationEvent> events) {
    var now = history;
    for (var event : events) {
      if (event instanceof GenerationEvent.Committed committed) {
        var positions = committed.slots().stream().map(Slot::position).toList();
        now = now.changed(event.number(), positions);
      } else if (event instanceof GenerationEvent.Reopened reopened) {
        now = now.changed(event.number(), reopened.positions());
      }
    }
    return new Editing(limits, open, now, List.of());
  }

  /** The client has no more edits. */
  Editing closed() {
    return new Editing(limits, false, history, unseen);
  }

  /** What is left of a pass that did not know of the latest edits. */
  Candidates moved(Candidates candidates) {
    var left = candidates;
    for (var edited : unseen) {
      left = edited.moved(left);
    }
    return left;
  }

  /** An edit as its client is told. */
  static GenerationEvent.Edited event(long number, long id, Edited edited) {
    var state = edited.state();
    int[] canvas = state.canvas();
    var splice = edited.splice();
    var changed = new ArrayList<Slot>();
    Arrays.stream(edited.changed()).forEach(p -> changed.add(new Slot(p, canvas[p], 1)));
    var pinned = new ArrayList<>(boxed(edited.pinned()));
    int again = cameToOrLeftTheStart(edited);
    if (again >= 0 && canvas[again] != state.plan().maskToken()) {
      changed.add(new Slot(again, canvas[again], 0));
      if (!state.plan().writable(again)) {
        pinned.add(again);
      }
    }
    return new GenerationEvent.Edited(
        number,
        id,
        state.steps(),
        canvas.length,
        splice,
        boxed(edited.reopened()),
        List.copyOf(changed),
        List.copyOf(pinned));
  }

  /**
   * The position whose token now begins the text, or did before and does not any more; -1 for none.
   * Tokens are spelt differently there, so it is told once more.
   */
  private static int cameToOrLeftTheStart(Edited edited) {
    var splice = edited.splice();
    if (splice.at() > 0 || !splice.changes()) {
      return -1;
    }
    if (splice.inserted() == 0) {
      return 0;
    }
    boolean moved = splice.removed() == 0 && splice.inserted() < edited.state().plan().length();
    return moved ? splice.inserted() : -1;
  }

  private static List<Integer> boxed(int[] positions) {
    return IntStream.of(positions).boxed().toList();
  }
}
