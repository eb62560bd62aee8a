package io.redraft.model.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/**
 * What a client may rely on, kept in the plainest way: a list of cells, of which some are pinned.
 * An independent account of where pins are after edits that move them.
 */
final class PinLedger {
  /** A token that must not change, or -1 where anything may stand. */
  private final List<Integer> pins = new ArrayList<>();

  PinLedger(DecodePlan plan) {
    for (int p = 0; p < plan.length(); p++) {
      pins.add(plan.writable(p) ? -1 : plan.canvas()[p]);
    }
  }

  /** Takes in an edit that was allowed, on a canvas that was {@code canvas} before. */
  void edit(CanvasEdit edit, int[] canvas, int end) {
    if (edit instanceof CanvasEdit.Pin pin) {
      for (int p = pin.from(); p < pin.from() + pin.length(); p++) {
        pins.set(p, canvas[p]);
      }
    } else if (edit instanceof CanvasEdit.Reopen reopen) {
      for (int p = reopen.from(); p < reopen.from() + reopen.length(); p++) {
        pins.set(p, -1);
      }
    } else if (edit instanceof CanvasEdit.Replace replace) {
      pins.subList(replace.from(), replace.from() + replace.length()).clear();
      for (int i = 0; i < replace.tokens().length; i++) {
        pins.add(replace.from() + i, replace.tokens()[i]);
      }
    } else if (edit instanceof CanvasEdit.Extend extend) {
      for (int i = 0; i < extend.count(); i++) {
        pins.add(extend.at().orElse(end), -1);
      }
    }
  }

  /** Every pin stands where it belongs, and nothing else is fixed. */
  void check(DecodeState state) {
    for (int p = state.canvas().length; p < pins.size(); p++) {
      assertThat(pins.get(p)).as("cut off at %d", p).isEqualTo(-1);
    }
    for (int p = 0; p < state.canvas().length; p++) {
      assertThat(state.plan().writable(p)).as("writable at %d", p).isEqualTo(pins.get(p) == -1);
      if (pins.get(p) != -1) {
        assertThat(state.canvas()[p]).as("pin at %d", p).isEqualTo(pins.get(p));
      }
    }
    while (pins.size() > state.canvas().length) {
      pins.remove(pins.size() - 1);
    }
  }
}
