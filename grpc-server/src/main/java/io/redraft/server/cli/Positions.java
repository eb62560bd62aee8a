package io.redraft.server.cli;

import io.redraft.server.watch.Cell;
import io.redraft.server.watch.Picture;
import java.util.ArrayList;
import java.util.List;

/** What {@code show} tells: a line a position, or a line for a run of masks. */
final class Positions {
  private Positions() {}

  /** The lines, in order. */
  static List<String> of(List<Cell> cells) {
    List<String> lines = new ArrayList<>();
    int at = 0;
    while (at < cells.size()) {
      int to = at + 1;
      if (cells.get(at).state() == Cell.State.MASK) {
        while (to < cells.size() && cells.get(to).state() == Cell.State.MASK) {
          to++;
        }
      }
      String positions = to == at + 1 ? "" + at : at + "-" + (to - 1);
      lines.add("%7s  %s".formatted(positions, state(cells.get(at))));
      at = to;
    }
    return lines;
  }

  private static String state(Cell cell) {
    String text = "\"" + Picture.plain(List.of(cell)) + "\"";
    return switch (cell.state()) {
      case PINNED -> "pinned   " + text;
      case COMMITTED, FRESH -> "decided  " + text;
      case DRAFT -> "draft    " + text;
      case MASK -> "masked";
    };
  }
}
