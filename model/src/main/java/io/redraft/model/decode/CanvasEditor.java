package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CanvasEdit.Extend;
import io.redraft.model.decode.CanvasEdit.Pin;
import io.redraft.model.decode.CanvasEdit.Reopen;
import io.redraft.model.decode.CanvasEdit.Replace;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Carries out one edit on one state. It works on two arrays: what is fixed, which becomes the new
 * plan, and what is written, which becomes the new canvas.
 *
 * <p>The rules of an end of text hold afterwards, too: none stands before fixed text, so one that
 * ended the text and has fixed text behind it now is re-opened; and nothing is decided behind one.
 * The masks behind it are room that nobody misses: they make way when a canvas would outgrow the
 * context.
 */
final class CanvasEditor {
  private final DecodeState before;
  private final EditLimits limits;
  private final int mask;
  private final int end;
  private int[] fixed;
  private int[] written;
  private int firstEnd;

  CanvasEditor(DecodeState before, EditLimits limits) {
    this.before = before;
    this.limits = limits;
    this.mask = before.plan().maskToken();
    this.fixed = before.plan().canvas();
    this.written = before.canvas();
    this.firstEnd = before.plan().firstEnd();
    this.end = before.plan().endOf(written);
  }

  /**
   * Carries out the edit; to be called once.
   *
   * @throws InvalidInputException if it is not allowed; nothing has happened then
   */
  Edited apply(CanvasEdit edit) {
    if (edit instanceof Pin pin) {
      return pin(pin);
    } else if (edit instanceof Replace replace) {
      return replace(replace);
    } else if (edit instanceof Reopen reopen) {
      return reopen(reopen);
    }
    return extend((Extend) edit);
  }

  private Edited pin(Pin pin) {
    checkSpan(pin, pin.from(), pin.length(), 1);
    for (int p = pin.from(); p < pin.from() + pin.length(); p++) {
      if (written[p] == mask) {
        throw InvalidInputException.of("pin", p, "positions that are decided; this one is masked");
      }
      if (p == end) {
        throw InvalidInputException.of("pin", p, "positions before the end of text, which is here");
      }
      fixed[p] = written[p];
    }
    return finish(Splice.NONE, pin.from(), pin.length(), none(), span(pin.from(), pin.length()));
  }

  private Edited replace(Replace replace) {
    int from = replace.from();
    int length = replace.length();
    int[] tokens = replace.tokens();
    checkSpan(replace, from, length, 0);
    if (length == 0 && tokens.length == 0) {
      throw new InvalidInputException(
          "replace", "replace has neither a span nor a text; allowed: one of them or both");
    }
    for (int token : tokens) {
      if (token < 0 || token >= limits.vocabulary() || token == mask) {
        throw InvalidInputException.of(
            "replace",
            "token " + token,
            "0 to %d and not the mask".formatted(limits.vocabulary() - 1));
      }
    }
    if (length == written.length && tokens.length == 0) {
      throw InvalidInputException.of("replace", "nothing for the whole text", "1 token or more");
    }
    var splice = length == tokens.length ? Splice.NONE : new Splice(from, length, tokens.length);
    move(splice);
    System.arraycopy(tokens, 0, fixed, from, tokens.length);
    System.arraycopy(tokens, 0, written, from, tokens.length);
    int[] changed = span(from, tokens.length);
    return finish(splice, from, length, changed, changed);
  }

  private Edited reopen(Reopen reopen) {
    checkSpan(reopen, reopen.from(), reopen.length(), 1);
    Arrays.fill(fixed, reopen.from(), reopen.from() + reopen.length(), mask);
    Arrays.fill(written, reopen.from(), reopen.from() + reopen.length(), mask);
    return finish(Splice.NONE, reopen.from(), reopen.length(), none(), none());
  }

  private Edited extend(Extend extend) {
    int at = extend.at().orElse(end);
    if (at < 0 || at > end) {
      throw InvalidInputException.of("extend", "at " + at, "positions 0 to " + end);
    }
    if (extend.count() < 1 || extend.count() > limits.context()) {
      throw InvalidInputException.of("extend", extend.count(), "1 to " + limits.context());
    }
    var splice = new Splice(at, 0, extend.count());
    move(splice);
    return finish(splice, at, 0, none(), none());
  }

  /** Moves all arrays; where an end may first stand moves with the text before it. */
  private void move(Splice splice) {
    fixed = splice.apply(fixed, mask);
    written = splice.apply(written, mask);
    if (firstEnd > splice.at()) {
      firstEnd = Math.max(splice.at() + splice.inserted(), firstEnd + splice.growth());
    }
  }

  private Edited finish(Splice splice, int from, int length, int[] changed, int[] pinned) {
    int moved = end < before.plan().length() ? splice.move(end) : -1;
    if (moved >= 0 && fixed[moved] == mask && moved < plan().endsFrom()) {
      written[moved] = mask; // fixed text came behind it
    }
    int now = plan().endOf(written);
    for (int p = now + 1; p < written.length; p++) {
      written[p] = mask;
    }
    fit(now);
    int[] reopened = reopened(splice);
    var state = DecodeState.at(plan(), written, before.steps(), before.forwards());
    return new Edited(state, splice, from, length, reopened, changed, pinned);
  }

  /** Cuts off masks behind the end of text until the canvas fits the context. */
  private void fit(int now) {
    int excess = written.length - limits.context();
    if (excess <= 0) {
      return;
    }
    int room = Math.max(0, written.length - 1 - now);
    if (excess > room) {
      throw InvalidInputException.of(
          "length",
          "%d tokens after the edit".formatted(written.length - room),
          "at most %d, the model's context".formatted(limits.context()));
    }
    fixed = Arrays.copyOf(fixed, limits.context());
    written = Arrays.copyOf(written, limits.context());
  }

  private int[] reopened(Splice splice) {
    int[] old = before.canvas();
    return IntStream.range(0, old.length)
        .filter(p -> old[p] != mask)
        .map(splice::move)
        .filter(p -> p >= 0 && p < written.length && written[p] == mask)
        .toArray();
  }

  private DecodePlan plan() {
    var plan = before.plan();
    return new DecodePlan(
        fixed, mask, plan.endToken(), plan.options(), plan.seed(), firstEnd, plan.depth());
  }

  private void checkSpan(CanvasEdit edit, int from, int length, int least) {
    // Compared as long numbers, since their sum may be larger than any int.
    if (from < 0 || length < least || (long) from + length > written.length) {
      var value = "%d token(s) from position %d".formatted(length, from);
      throw InvalidInputException.of(
          edit.name(),
          value,
          least == 0
              ? "spans within positions 0 to %d, or none".formatted(written.length - 1)
              : "1 or more within positions 0 to %d".formatted(written.length - 1));
    }
  }

  private static int[] span(int from, int length) {
    return IntStream.range(from, from + length).toArray();
  }

  private static int[] none() {
    return new int[0];
  }
}
