package io.redraft.model.report;

import java.util.List;
import java.util.Locale;

/** Draws a {@link LineChart} as a figure: its title, a legend in text, and an inline SVG. */
final class SvgChart {
  /** Width of a chart over the page's whole width, in the pixels that its letters are sized for. */
  private static final double WHOLE = 920;

  /** Width of a chart beside another. */
  private static final double HALF = 450;

  private static final double LEFT = 58;
  private static final double RIGHT = 14;
  private static final double TOP = 24;
  private static final double BOTTOM = 40;

  /** A series of few points gets a dot at each, with its values where the pointer rests. */
  private static final int DOTTED = 48;

  private final LineChart chart;
  private final Markup out;
  private final double width;
  private final double height;
  private final Axis x;
  private final Axis y;

  private SvgChart(LineChart chart, Markup out, double width, double height) {
    this.chart = chart;
    this.out = out;
    this.width = width;
    this.height = height;
    this.x = chart.xAxis();
    this.y = chart.yAxis();
  }

  /** Writes the figure of a chart that has the page's whole width. */
  static void wide(LineChart chart, Markup out) {
    new SvgChart(chart, out, WHOLE, 340).figure();
  }

  /** Writes the figure of a chart that stands beside others. */
  static void narrow(LineChart chart, Markup out) {
    new SvgChart(chart, out, HALF, 250).figure();
  }

  private void figure() {
    out.open("figure", "class", "chart").leaf("figcaption", chart.title());
    legend();
    if (chart.isEmpty()) {
      out.leaf("p", "Nothing to show.", "class", "empty");
    } else {
      svg();
    }
    out.close().line();
  }

  private void legend() {
    int lines = chart.series().size() + chart.levels().size();
    if (lines < 2) {
      return; // the title and the axis say what the only line is
    }
    out.open("p", "class", "legend");
    for (int i = 0; i < chart.series().size(); i++) {
      entry(chart.series().get(i).name(), seriesClass(i));
    }
    for (LineChart.Level level : chart.levels()) {
      entry(level.name(), "level");
    }
    out.close();
  }

  private void entry(String name, String style) {
    out.open("span")
        .open("svg", "class", "key", "viewBox", "0 0 24 8", "aria-hidden", "true")
        .empty("line", "class", style, "x1", "1", "y1", "4", "x2", "23", "y2", "4")
        .close()
        .text(name)
        .close()
        .text(" ");
  }

  private void svg() {
    out.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "role",
        "img",
        "aria-label",
        chart.title() + ": " + chart.yLabel() + " by " + chart.xLabel(),
        "viewBox",
        "0 0 " + number(width) + " " + number(height));
    axes();
    for (LineChart.Level level : chart.levels()) {
      if (y.shows(level.y())) {
        line("level", LEFT, down(y.place(level.y())), width - RIGHT, down(y.place(level.y())));
      }
    }
    for (int i = 0; i < chart.series().size(); i++) {
      series(chart.series().get(i), seriesClass(i));
    }
    out.close();
  }

  private void axes() {
    for (Axis.Tick tick : y.ticks()) {
      double at = down(y.place(tick.value()));
      line("grid", LEFT, at, width - RIGHT, at);
      label(tick.label(), LEFT - 8, at + 4, "end");
    }
    double bottom = height - BOTTOM;
    for (Axis.Tick tick : x.ticks()) {
      double at = across(x.place(tick.value()));
      line("axis", at, bottom, at, bottom + 5);
      label(tick.label(), at, bottom + 18, "middle");
    }
    line("axis", LEFT, bottom, width - RIGHT, bottom);
    label(chart.yLabel(), 4, 12, "start");
    label(chart.xLabel(), (LEFT + width - RIGHT) / 2, height - 6, "middle");
  }

  private void series(LineChart.Series series, String style) {
    var segments = Polyline.segments(series, x, y);
    int points = segments.stream().mapToInt(List::size).sum();
    for (List<Polyline.Point> segment : segments) {
      var path = new StringBuilder();
      for (Polyline.Point point : segment) {
        path.append(path.length() == 0 ? "" : " ")
            .append(number(across(point.across())))
            .append(',')
            .append(number(down(point.up())));
      }
      out.empty("polyline", "class", style, "points", path.toString());
      for (Polyline.Point point : segment) {
        if (points <= DOTTED || segment.size() == 1) { // a line of one point cannot be seen
          dot(series.name(), point, style);
        }
      }
    }
  }

  private void dot(String name, Polyline.Point point, String style) {
    String values =
        NumberText.significant(point.x(), 5) + ", " + NumberText.significant(point.y(), 5);
    out.open(
            "circle",
            "class",
            style,
            "cx",
            number(across(point.across())),
            "cy",
            number(down(point.up())),
            "r",
            "2.5")
        .leaf("title", name + ": " + values)
        .close();
  }

  private void line(String style, double x1, double y1, double x2, double y2) {
    out.empty(
        "line",
        "class",
        style,
        "x1",
        number(x1),
        "y1",
        number(y1),
        "x2",
        number(x2),
        "y2",
        number(y2));
  }

  private void label(String text, double atX, double atY, String anchor) {
    out.leaf("text", text, "x", number(atX), "y", number(atY), "text-anchor", anchor);
  }

  private double across(double place) {
    return LEFT + place * (width - LEFT - RIGHT);
  }

  private double down(double place) {
    return height - BOTTOM - place * (height - TOP - BOTTOM);
  }

  private static String seriesClass(int index) {
    int colour = index % Style.COLOURS;
    return "s" + colour + (index < Style.COLOURS ? "" : " again");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
  }
}
