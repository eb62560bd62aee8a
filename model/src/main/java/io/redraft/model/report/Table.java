package io.redraft.model.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A table of text. A column whose cells all look like numbers (or are empty or a dash) is aligned
 * to the right; the first column names its rows.
 */
public final class Table {
  private static final Pattern NUMBER =
      Pattern.compile("[-+−]?[\\d., \u202F]*\\d(e[-+]?\\d+)?[kMG]?( ?%)?|[-–—]?");

  private final String caption;
  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  private Table(String caption, List<String> header) {
    this.caption = caption;
    this.header = header;
  }

  /**
   * A table without rows yet.
   *
   * @param caption what it shows; empty for none
   * @param header one name a column
   */
  public static Table of(String caption, List<String> header) {
    return new Table(caption, List.copyOf(header));
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if it has not one cell a column
   */
  public Table row(List<String> cells) {
    if (cells.size() != header.size()) {
      throw new IllegalArgumentException(cells.size() + " cells in " + header.size() + " columns");
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  /** Adds a row. */
  public Table row(String... cells) {
    return row(List.of(cells));
  }

  /** Whether it has no row. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  void write(Markup out) {
    out.open("div", "class", "scroll").open("table");
    if (!caption.isEmpty()) {
      out.leaf("caption", caption);
    }
    out.open("thead").open("tr");
    for (int c = 0; c < header.size(); c++) {
      cell(out, "th", "col", c, header.get(c));
    }
    out.close().close().open("tbody");
    for (List<String> row : rows) {
      out.open("tr");
      for (int c = 0; c < row.size(); c++) {
        cell(out, c == 0 ? "th" : "td", "row", c, row.get(c));
      }
      out.close().line();
    }
    out.close().close().close().line();
  }

  private void cell(Markup out, String element, String scope, int column, String text) {
    List<String> attributes = new ArrayList<>();
    if (element.equals("th")) {
      attributes.addAll(List.of("scope", scope));
    }
    if (column > 0 && numeric(column)) {
      attributes.addAll(List.of("class", "n"));
    }
    out.leaf(element, text, attributes.toArray(String[]::new));
  }

  private boolean numeric(int column) {
    return rows.stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
  }
}
