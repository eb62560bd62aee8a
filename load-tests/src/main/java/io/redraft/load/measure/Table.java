package io.redraft.load.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * Rows under headings, printed as a Markdown table that is aligned for a terminal too. The first
 * column is text, all others are numbers.
 */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  /** A table without rows. */
  public Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** Adds a row, one cell a heading. */
  public Table row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + rows.get(0));
    }
    rows.add(List.of(cells));
    return this;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      var line = new StringJoiner(" | ", "| ", " |\n");
      for (int c = 0; c < rows.get(r).size(); c++) {
        line.add(padded(rows.get(r).get(c), c));
      }
      text.append(line);
      if (r == 0) {
        text.append(rule());
      }
    }
    return text.toString();
  }

  private String rule() {
    var rule = new StringJoiner("|", "|", "|\n");
    for (int c = 0; c < rows.get(0).size(); c++) {
      rule.add(c == 0 ? "-".repeat(width(c) + 2) : "-".repeat(width(c) + 1) + ":");
    }
    return rule.toString();
  }

  private String padded(String cell, int column) {
    String space = " ".repeat(width(column) - length(cell));
    return column == 0 ? cell + space : space + cell;
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> length(row.get(column))).max().orElse(0);
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
