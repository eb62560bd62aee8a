package io.redraft.server.watch;

import io.redraft.server.watch.Cell.State;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * Lines of a terminal that show a canvas, as a pure function of the canvas and the terminal's size.
 * What the request fixed is bold, what was just decided is bold and green, what is decided is
 * plain, what is provisional is faint italic, and a mask is a shaded block.
 *
 * @param columns width of the terminal, at least 1
 * @param rows most lines to use, at least 1
 * @param colour whether colours may be used; attributes are used in any case
 */
public record Picture(int columns, int rows, boolean colour) {
  public Picture {
    if (columns < 1 || rows < 1) {
      throw new IllegalArgumentException(columns + "×" + rows);
    }
  }

  /**
   * The canvas, wrapped between words. Where it is higher than the screen, the part around the
   * first position that is not decided.
   */
  public List<AttributedString> draw(List<Cell> cells) {
    List<List<Glyph>> lines = wrap(Glyph.of(cells));
    int first = 0;
    if (lines.size() > rows) {
      first = Math.max(0, Math.min(firstOpen(lines) - rows / 2, lines.size() - rows));
    }
    return lines.subList(first, Math.min(lines.size(), first + rows)).stream()
        .map(this::style)
        .toList();
  }

  /** A finished text, wrapped alike: what the request fixed is bold, the rest plain. */
  public List<AttributedString> settled(List<Cell> cells) {
    return draw(
        cells.stream()
            .map(
                cell ->
                    cell.state() == State.PINNED ? cell : new Cell(State.COMMITTED, cell.piece()))
            .toList());
  }

  /** The canvas as one line without attributes, for what is no terminal. */
  public static String plain(List<Cell> cells) {
    StringBuilder line = new StringBuilder();
    for (Glyph glyph : Glyph.of(cells)) {
      line.append(glyph.isBreak() ? "⏎" : glyph.text());
    }
    return line.toString();
  }

  private static int firstOpen(List<List<Glyph>> lines) {
    for (int i = 0; i < lines.size(); i++) {
      for (Glyph glyph : lines.get(i)) {
        if (glyph.state() == State.MASK || glyph.state() == State.DRAFT) {
          return i;
        }
      }
    }
    return lines.size() - 1;
  }

  /** Breaks at line breaks and between words; inside a word only where it is wider than a line. */
  List<List<Glyph>> wrap(List<Glyph> glyphs) {
    List<List<Glyph>> lines = new ArrayList<>();
    List<Glyph> line = new ArrayList<>();
    boolean ended = false; // by a space that is not seen
    for (Glyph glyph : glyphs) {
      if (ended || glyph.isBreak()) {
        lines.add(line);
        line = new ArrayList<>();
        ended = false;
      }
      if (glyph.isBreak()) {
        continue;
      }
      boolean full = width(line) + glyph.columns() > columns;
      if (full && glyph.isSpace()) {
        ended = true;
        continue;
      }
      if (full) {
        int word = wordStart(line, glyph);
        lines.add(new ArrayList<>(line.subList(0, word)));
        line = new ArrayList<>(line.subList(word, line.size()));
      }
      if (!line.isEmpty()
          && width(line) + glyph.columns() > columns) { // the word alone is too wide
        lines.add(line);
        line = new ArrayList<>();
      }
      line.add(glyph);
    }
    lines.add(line);
    return lines;
  }

  private static int width(List<Glyph> line) {
    int width = 0;
    for (Glyph glyph : line) {
      width += glyph.columns();
    }
    return width;
  }

  /** Where the word that {@code next} goes on begins; the line's end where it is the whole line. */
  private static int wordStart(List<Glyph> line, Glyph next) {
    for (int i = line.size(); i > 0; i--) {
      Glyph after = i == line.size() ? next : line.get(i);
      if (line.get(i - 1).isSpace() || standsAlone(after) || standsAlone(line.get(i - 1))) {
        return i;
      }
    }
    return line.size();
  }

  /** Masks, and the wide characters of scripts without spaces, may be followed by a new line. */
  private static boolean standsAlone(Glyph glyph) {
    return glyph.state() == State.MASK || glyph.columns() > 1;
  }

  private AttributedString style(List<Glyph> line) {
    AttributedStringBuilder styled = new AttributedStringBuilder();
    for (Glyph glyph : line) {
      styled.styled(style(glyph.state()), glyph.text());
    }
    return styled.toAttributedString();
  }

  private AttributedStyle style(State state) {
    AttributedStyle plain = AttributedStyle.DEFAULT;
    return switch (state) {
      case PINNED -> plain.bold();
      case COMMITTED -> plain;
      case FRESH -> colour ? plain.bold().foreground(AttributedStyle.GREEN) : plain.bold();
      case DRAFT ->
          colour ? plain.faint().italic().foreground(AttributedStyle.CYAN) : plain.faint().italic();
      case MASK -> plain.faint();
    };
  }
}
