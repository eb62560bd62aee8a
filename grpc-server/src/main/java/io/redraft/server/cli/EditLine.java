package io.redraft.server.cli;

import io.redraft.model.InvalidInputException;
import io.redraft.proto.v1.ClientEdit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line that a user of {@code --edit} types. Positions are those that {@code show} tells.
 *
 * @param kind what is to be done
 * @param edit the change of the canvas, still without its id and base; empty for other kinds
 */
record EditLine(Kind kind, ClientEdit edit) {
  /** What a line asks for. */
  enum Kind {
    /** A change of the canvas. */
    CHANGE,
    /** Every position with its token. */
    SHOW,
    /** To read on when no mask is left. */
    WAIT,
    /** No more edits. */
    DONE
  }

  /** What there is, as help and complaints tell it. */
  static final String ALLOWED =
      "pin A-B, replace A-B TEXT, insert A TEXT, reopen A-B, extend N [at A], show, wait, done";

  private static final Pattern LINE = Pattern.compile("\\s*(\\S+)(?: (.*))?");
  private static final Pattern SPAN = Pattern.compile("\\s*(\\d{1,9})(?:-(\\d{1,9}))?(?: (.*))?");
  private static final Pattern EXTEND =
      Pattern.compile("\\s*(\\d{1,9})(?:\\s+at\\s+(\\d{1,9}))?\\s*");

  /**
   * Reads a line.
   *
   * @throws InvalidInputException if it is none of those
   */
  static EditLine parse(String line) {
    Matcher words = LINE.matcher(line);
    if (!words.matches()) {
      throw wrong(line);
    }
    String rest = words.group(2) == null ? "" : words.group(2);
    var edit = ClientEdit.newBuilder();
    switch (words.group(1)) {
      case "pin" -> edit.getPinBuilder().setSpan(onlySpan(line, rest));
      case "reopen" -> edit.getReopenBuilder().setSpan(onlySpan(line, rest));
      case "replace" -> replace(line, rest, edit.getReplaceBuilder());
      case "insert" -> insert(line, rest, edit.getReplaceBuilder());
      case "extend" -> extend(line, rest, edit.getExtendBuilder());
      case "show" -> {
        return alone(line, rest, Kind.SHOW);
      }
      case "wait" -> {
        return alone(line, rest, Kind.WAIT);
      }
      case "done" -> {
        return alone(line, rest, Kind.DONE);
      }
      default -> throw wrong(line);
    }
    return new EditLine(Kind.CHANGE, edit.build());
  }

  private static void replace(String line, String rest, ClientEdit.Replace.Builder replace) {
    Matcher span = matched(SPAN, line, rest);
    replace.setSpan(span(line, span));
    if (span.group(3) != null) {
      replace.setText(span.group(3));
    }
  }

  private static void insert(String line, String rest, ClientEdit.Replace.Builder replace) {
    Matcher span = matched(SPAN, line, rest);
    if (span.group(2) != null || span.group(3) == null) {
      throw wrong(line);
    }
    replace.getSpanBuilder().setFrom(Integer.parseInt(span.group(1)));
    replace.setText(span.group(3));
  }

  private static void extend(String line, String rest, ClientEdit.Extend.Builder extend) {
    Matcher counts = matched(EXTEND, line, rest);
    extend.setCount(Integer.parseInt(counts.group(1)));
    if (counts.group(2) != null) {
      extend.setAt(Integer.parseInt(counts.group(2)));
    }
  }

  private static ClientEdit.Span onlySpan(String line, String rest) {
    Matcher span = matched(SPAN, line, rest.stripTrailing());
    if (span.group(3) != null) {
      throw wrong(line);
    }
    return span(line, span);
  }

  private static ClientEdit.Span span(String line, Matcher span) {
    int from = Integer.parseInt(span.group(1));
    int to = span.group(2) == null ? from : Integer.parseInt(span.group(2));
    if (to < from) {
      throw wrong(line);
    }
    return ClientEdit.Span.newBuilder().setFrom(from).setLength(to - from + 1).build();
  }

  private static EditLine alone(String line, String rest, Kind kind) {
    if (!rest.isBlank()) {
      throw wrong(line);
    }
    return new EditLine(kind, ClientEdit.getDefaultInstance());
  }

  private static Matcher matched(Pattern pattern, String line, String rest) {
    Matcher matcher = pattern.matcher(rest);
    if (!matcher.matches()) {
      throw wrong(line);
    }
    return matcher;
  }

  private static InvalidInputException wrong(String line) {
    return InvalidInputException.of("edit", "\"" + line.strip() + "\"", ALLOWED);
  }
}
