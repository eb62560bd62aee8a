package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The notation of {@code --infill}: text with {@code [MASK:n]} where n tokens are to be written;
 * {@code [MASK]} alone is one. {@code \[MASK} is that text itself.
 *
 * <p>A space between a word and a mask is left to the mask: vocabularies hold words with the space
 * before them, and a model that finds the space already written can hardly go on with a word.
 */
final class InfillText {
  private static final Pattern MARK = Pattern.compile("(\\\\)?\\[MASK(?:(])|:([^\\[\\]]*)])?");
  private static final String ALLOWED = "[MASK:n] with n of 1 or more, or [MASK] for one";

  private InfillText() {}

  /**
   * Reads the notation.
   *
   * @throws InvalidInputException where a count is wrong, or nothing is to be written
   */
  static List<Segment> parse(String notation) {
    List<Segment> segments = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    Matcher mark = MARK.matcher(notation);
    boolean masked = false;
    int at = 0;
    while (mark.find()) {
      text.append(notation, at, mark.start());
      at = mark.end();
      boolean escaped = mark.group(1) != null;
      if (escaped) {
        text.append(mark.group(), 1, mark.group().length());
      } else if (mark.group(2) == null && mark.group(3) == null) {
        text.append(mark.group()); // [MASKED, say: an ordinary word in a bracket
      } else {
        leaveSpaceToMask(text);
        flush(text, segments);
        segments.add(Segment.newBuilder().setMask(count(mark)).build());
        masked = true;
      }
    }
    text.append(notation, at, notation.length());
    flush(text, segments);
    if (!masked) {
      throw new InvalidInputException(
          "infill", "--infill has no mask; allowed: text with at least one " + ALLOWED);
    }
    return segments;
  }

  private static int count(Matcher mark) {
    String digits = mark.group(3);
    if (digits == null) {
      return 1;
    }
    try {
      int count = Integer.parseInt(digits);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw InvalidInputException.of("--infill", mark.group(), ALLOWED);
  }

  private static void leaveSpaceToMask(StringBuilder text) {
    int last = text.length() - 1;
    if (last > 0 && text.charAt(last) == ' ' && !Character.isWhitespace(text.charAt(last - 1))) {
      text.setLength(last);
    }
  }

  private static void flush(StringBuilder text, List<Segment> segments) {
    if (!text.isEmpty()) {
      segments.add(Segment.newBuilder().setText(text.toString()).build());
      text.setLength(0);
    }
  }
}
