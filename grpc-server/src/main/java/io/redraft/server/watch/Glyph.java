package io.redraft.server.watch;

import com.google.protobuf.ByteString;
import io.redraft.server.watch.Cell.State;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

/**
 * One character on the screen, with what combines with it.
 *
 * @param text what is printed; {@code "\n"} for a line break, otherwise free of control characters
 * @param columns how wide it is: 0 for a line break, 2 for a wide character
 * @param state state of the token that it begins in
 */
public record Glyph(String text, int columns, State state) {
  /** What a masked position looks like. */
  public static final String MASK = "░";

  private static final String UNKNOWN = "\uFFFD";
  private static final int TAB = 4;

  boolean isBreak() {
    return text.equals("\n");
  }

  boolean isSpace() {
    return text.equals(" ");
  }

  /** The characters of a canvas; a character may span cells, and a cell several characters. */
  static List<Glyph> of(List<Cell> cells) {
    List<Glyph> glyphs = new ArrayList<>();
    int cell = 0;
    while (cell < cells.size()) {
      if (cells.get(cell).state() == State.MASK) {
        glyphs.add(new Glyph(MASK, 1, State.MASK));
        cell++;
        continue;
      }
      int end = cell;
      ByteString run = ByteString.EMPTY;
      List<State> states = new ArrayList<>(); // one a byte
      while (end < cells.size() && cells.get(end).state() != State.MASK) {
        ByteString piece = cells.get(end).piece();
        for (int i = 0; i < piece.size(); i++) {
          states.add(cells.get(end).state());
        }
        run = run.concat(piece);
        end++;
      }
      decode(run, states, glyphs);
      cell = end;
    }
    return glyphs;
  }

  /** Characters of text that is all in one state. */
  static List<Glyph> of(String text, State state) {
    List<Glyph> glyphs = new ArrayList<>();
    text.codePoints().forEach(character -> add(character, state, glyphs));
    return glyphs;
  }

  private static void decode(ByteString bytes, List<State> states, List<Glyph> into) {
    int at = 0;
    while (at < bytes.size()) {
      int length = characterLength(bytes, at);
      State state = states.get(at);
      if (length == 0) { // not the beginning of a character, or one that is cut short
        add(UNKNOWN.codePointAt(0), state, into);
        boolean begins = (bytes.byteAt(at++) & 0xC0) == 0xC0;
        while (begins && at < bytes.size() && continues(bytes.byteAt(at))) {
          at++;
        }
      } else {
        add(bytes.substring(at, at + length).toStringUtf8().codePointAt(0), state, into);
        at += length;
      }
    }
  }

  /** Bytes of the UTF-8 character that begins here; 0 where none does or some are missing. */
  private static int characterLength(ByteString bytes, int at) {
    int first = bytes.byteAt(at) & 0xFF;
    int length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first > 0xF4 || at + length > bytes.size()) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if (!continues(bytes.byteAt(at + i))) {
        return 0;
      }
    }
    return length;
  }

  private static boolean continues(byte value) {
    return (value & 0xC0) == 0x80;
  }

  private static void add(int character, State state, List<Glyph> into) {
    if (character == '\n') {
      into.add(new Glyph("\n", 0, state));
    } else if (character == '\t') {
      for (int i = 0; i < TAB; i++) {
        into.add(new Glyph(" ", 1, state));
      }
    } else if (character == '\r') {
      return;
    } else if (hidden(character)) {
      into.add(new Glyph(UNKNOWN, 1, state));
    } else {
      int columns = WCWidth.wcwidth(character);
      if (columns <= 0 && !into.isEmpty() && !into.get(into.size() - 1).isBreak()) {
        Glyph last = into.remove(into.size() - 1);
        into.add(new Glyph(last.text + Character.toString(character), last.columns, last.state));
      } else {
        into.add(new Glyph(Character.toString(character), Math.max(columns, 1), state));
      }
    }
  }

  /** Characters that could steer a terminal, or turn the direction of what follows. */
  private static boolean hidden(int character) {
    return Character.isISOControl(character)
        || (character >= 0x202A && character <= 0x202E)
        || (character >= 0x2066 && character <= 0x2069)
        || (character >= 0xD800 && character <= 0xDFFF);
  }
}
