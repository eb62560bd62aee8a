package io.redraft.model.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A series as what is drawn of it. Of points that fall into one column of the picture only the
 * first, the lowest, the highest and the last are kept, in their order: the picture stays the same,
 * and the file small, however many steps a run had.
 */
final class Polyline {
  /** Columns in which the width is thought divided. */
  private static final int COLUMNS = 800;

  /** A point by its place on the axes, 0 to 1, and the values that it stands for. */
  record Point(double across, double up, double x, double y) {}

  private Polyline() {}

  /** The unbroken pieces of a series. */
  static List<List<Point>> segments(LineChart.Series series, Axis xAxis, Axis yAxis) {
    List<List<Point>> segments = new ArrayList<>();
    List<Point> current = new ArrayList<>();
    for (int i = 0; i < series.x().length; i++) {
      double x = series.x()[i];
      double y = series.y()[i];
      if (xAxis.shows(x) && yAxis.shows(y)) {
        current.add(new Point(xAxis.place(x), yAxis.place(y), x, y));
      } else if (!current.isEmpty()) {
        segments.add(thinned(current));
        current = new ArrayList<>();
      }
    }
    if (!current.isEmpty()) {
      segments.add(thinned(current));
    }
    return segments;
  }

  private static List<Point> thinned(List<Point> points) {
    if (points.size() <= COLUMNS) {
      return points;
    }
    List<Point> kept = new ArrayList<>();
    for (int from = 0; from < points.size(); ) {
      int column = column(points.get(from));
      int to = from;
      int low = from;
      int high = from;
      while (to < points.size() && column(points.get(to)) == column) {
        low = points.get(to).up() < points.get(low).up() ? to : low;
        high = points.get(to).up() > points.get(high).up() ? to : high;
        to++;
      }
      IntStream.of(from, low, high, to - 1)
          .sorted()
          .distinct()
          .forEach(i -> kept.add(points.get(i)));
      from = to;
    }
    return kept;
  }

  private static int column(Point point) {
    return (int) (point.across() * COLUMNS);
  }
}
