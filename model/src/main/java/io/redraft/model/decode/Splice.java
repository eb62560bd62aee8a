package io.redraft.model.decode;

import java.util.Arrays;
import java.util.OptionalInt;

/**
 * A change of a canvas's length: at a position, some positions go and some come. Everything behind
 * moves.
 *
 * @param at the first position that goes; where none does, the first that moves
 * @param removed how many go
 * @param inserted how many come, all masks at first
 */
public record Splice(int at, int removed, int inserted) {
  /** Nothing moves. */
  public static final Splice NONE = new Splice(0, 0, 0);

  public Splice {
    if (at < 0 || removed < 0 || inserted < 0) {
      throw new IllegalArgumentException(at + " -" + removed + " +" + inserted);
    }
  }

  /** Whether any position goes or comes. */
  public boolean changes() {
    return removed > 0 || inserted > 0;
  }

  /** How much longer the canvas becomes; negative where it becomes shorter. */
  public int growth() {
    return inserted - removed;
  }

  /** Where a position is afterwards, or -1 if it is gone. */
  public int move(int position) {
    if (position < at) {
      return position;
    }
    return position < at + removed ? -1 : position + growth();
  }

  /**
   * Where a span begins afterwards: empty if it is not whole any more, because positions of it are
   * gone or new ones came between them. An empty span is a place between two positions; what comes
   * at just this place comes behind it.
   */
  public OptionalInt move(int from, int length) {
    if (!changes() || from + length <= at) {
      return OptionalInt.of(from);
    }
    return from >= at + removed ? OptionalInt.of(from + growth()) : OptionalInt.empty();
  }

  /** The array with the splice carried out; what comes holds {@code fill}. */
  int[] apply(int[] array, int fill) {
    int[] spliced = new int[array.length + growth()];
    Arrays.fill(spliced, at, at + inserted, fill);
    System.arraycopy(array, 0, spliced, 0, at);
    System.arraycopy(array, at + removed, spliced, at + inserted, array.length - at - removed);
    return spliced;
  }
}
