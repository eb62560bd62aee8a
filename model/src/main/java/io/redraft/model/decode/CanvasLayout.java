package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.List;

/**
 * Lays segments out on a canvas and tells the user what does not fit.
 *
 * @param context longest canvas in tokens
 * @param vocabulary number of token ids
 * @param mask the id that stands at writable positions
 */
record CanvasLayout(int context, int vocabulary, int mask) {

  /** The canvas: what it begins with, then the segments. */
  int[] lay(int[] begin, List<Segment> segments) {
    int pinned = begin.length;
    long masks = 0;
    boolean open = false;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i) instanceof Segment.Fixed fixed) {
        pinned += checked(fixed.tokens()).length;
      } else if (segments.get(i) instanceof Segment.Masked masked) {
        boolean last = i == segments.size() - 1;
        open = last && masked.count() == 0;
        masks += counted(masked.count(), last);
      }
    }
    int[] canvas = new int[length(pinned, masks, open)];
    Arrays.fill(canvas, mask);
    System.arraycopy(begin, 0, canvas, 0, begin.length);
    int at = begin.length;
    for (var segment : segments) {
      if (segment instanceof Segment.Fixed fixed) {
        int[] tokens = fixed.tokens();
        System.arraycopy(tokens, 0, canvas, at, tokens.length);
        at += tokens.length;
      } else if (segment instanceof Segment.Masked masked) {
        at += masked.count();
      }
    }
    return canvas;
  }

  /** Length of the canvas; the whole context where the last segment is open. */
  private int length(int pinned, long masks, boolean open) {
    if (pinned >= context) {
      throw InvalidInputException.of(
          "prompt",
          pinned + " tokens",
          "at most %d, so that one can be written in the model's context of %d"
              .formatted(context - 1, context));
    }
    long wanted = open ? masks + 1 : masks;
    if (wanted > context - pinned) {
      throw InvalidInputException.of(
          "length",
          wanted + " tokens to write",
          "at most %d, after %d tokens of text in the model's context of %d"
              .formatted(context - pinned, pinned, context));
    }
    return open ? context : pinned + (int) masks;
  }

  private static int counted(int count, boolean last) {
    if (count < 0 || (count == 0 && !last)) {
      throw InvalidInputException.of(
          "mask", count, "1 or more (0 in the last segment: as many as the context still holds)");
    }
    return count;
  }

  private int[] checked(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary || token == mask) {
        throw InvalidInputException.of(
            "text", "token " + token, "0 to " + (vocabulary - 1) + " and not the mask");
      }
    }
    return tokens;
  }
}
