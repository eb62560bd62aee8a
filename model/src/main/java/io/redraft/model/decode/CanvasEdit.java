package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;

/**
 * A client's change to a canvas that is being written. Positions are those of the canvas that it is
 * applied to, counted from 0.
 */
public sealed interface CanvasEdit {
  /** The name that a client knows this kind of edit by. */
  String name();

  /** This edit for the canvas after a splice; empty if what it names is not whole any more. */
  Optional<CanvasEdit> moved(Splice splice);

  /** The tokens that stand at these positions now are fixed: nothing but an edit changes them. */
  record Pin(int from, int length) implements CanvasEdit {
    @Override
    public String name() {
      return "pin";
    }

    @Override
    public Optional<CanvasEdit> moved(Splice splice) {
      return at(splice.move(from, length), start -> new Pin(start, length));
    }
  }

  /**
   * Other text instead of what stands at these positions, which is fixed from then on. Where it has
   * another number of tokens, the canvas grows or shrinks and what stands behind moves.
   *
   * @param length 0 puts the text in before {@code from}
   * @param tokens none takes the span out
   */
  record Replace(int from, int length, int[] tokens) implements CanvasEdit {
    public Replace {
      tokens = tokens.clone();
    }

    @Override
    public int[] tokens() {
      return tokens.clone();
    }

    @Override
    public String name() {
      return "replace";
    }

    @Override
    public Optional<CanvasEdit> moved(Splice splice) {
      return at(splice.move(from, length), start -> new Replace(start, length, tokens));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Replace replace
          && from == replace.from
          && length == replace.length
          && Arrays.equals(tokens, replace.tokens);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * from + length) + Arrays.hashCode(tokens);
    }

    /** Leaves the text out: edits may end up in logs, texts must not. */
    @Override
    public String toString() {
      return "Replace[from=%d, length=%d, tokens=%d]".formatted(from, length, tokens.length);
    }
  }

  /** These positions are to be written anew, whether they were decided, fixed or neither. */
  record Reopen(int from, int length) implements CanvasEdit {
    @Override
    public String name() {
      return "reopen";
    }

    @Override
    public Optional<CanvasEdit> moved(Splice splice) {
      return at(splice.move(from, length), start -> new Reopen(start, length));
    }
  }

  /**
   * More masks.
   *
   * @param at position of the first of them; empty: behind the text, that is before its end of text
   *     or at the canvas's end
   * @param count how many
   */
  record Extend(OptionalInt at, int count) implements CanvasEdit {
    @Override
    public String name() {
      return "extend";
    }

    @Override
    public Optional<CanvasEdit> moved(Splice splice) {
      return at.isEmpty()
          ? Optional.of(this)
          : CanvasEdit.at(
              splice.move(at.getAsInt(), 0), start -> new Extend(OptionalInt.of(start), count));
    }
  }

  private static Optional<CanvasEdit> at(OptionalInt start, IntFunction<CanvasEdit> edit) {
    return start.isPresent() ? Optional.of(edit.apply(start.getAsInt())) : Optional.empty();
  }
}
