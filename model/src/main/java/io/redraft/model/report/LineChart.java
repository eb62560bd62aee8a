package io.redraft.model.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * What a line chart shows: series of points over a common pair of axes. How long a series is does
 * not matter: a report draws what its width can show.
 *
 * <pre>{@code
 * LineChart.of("Loss", "step", "nats per token")
 *     .series("training", steps, losses)
 *     .series("validation bound", evaluated, bounds)
 *     .level("uniform guess", Math.log(vocabulary));
 * }</pre>
 */
public final class LineChart {
  /**
   * Points joined in their order. A y that cannot be shown (not finite; on a logarithmic axis, not
   * positive) interrupts the line.
   */
  record Series(String name, double[] x, double[] y) {}

  /** A horizontal line across the chart. */
  record Level(String name, double y) {}

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Series> series = new ArrayList<>();
  private final List<Level> levels = new ArrayList<>();
  private boolean logX;
  private boolean logY;

  private LineChart(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /** A chart without series yet; labels name the quantity and its unit. */
  public static LineChart of(String title, String xLabel, String yLabel) {
    return new LineChart(title, xLabel, yLabel);
  }

  /**
   * Adds a series; series are drawn, coloured and named in the order in which they come.
   *
   * @throws IllegalArgumentException if there are not as many x as y
   */
  public LineChart series(String name, double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(name + ": " + x.length + " x and " + y.length + " y");
    }
    series.add(new Series(name, x.clone(), y.clone()));
    return this;
  }

  /** Adds a horizontal line, dashed, for a value to compare with. */
  public LineChart level(String name, double y) {
    levels.add(new Level(name, y));
    return this;
  }

  /** Makes the x axis logarithmic. */
  public LineChart logX() {
    logX = true;
    return this;
  }

  /** Makes the y axis logarithmic, as a learning rate may want it. */
  public LineChart logY() {
    logY = true;
    return this;
  }

  /** Whether there is nothing to show: no series has a point that its axes can hold. */
  public boolean isEmpty() {
    return series.stream().allMatch(one -> Polyline.segments(one, xAxis(), yAxis()).isEmpty());
  }

  String title() {
    return title;
  }

  String xLabel() {
    return xLabel;
  }

  String yLabel() {
    return yLabel;
  }

  List<Series> series() {
    return series;
  }

  List<Level> levels() {
    return levels;
  }

  Axis xAxis() {
    return Axis.of(series.stream().flatMapToDouble(s -> DoubleStream.of(s.x())), logX, false, 7);
  }

  Axis yAxis() {
    var all =
        DoubleStream.concat(
            series.stream().flatMapToDouble(s -> DoubleStream.of(s.y())),
            levels.stream().mapToDouble(Level::y));
    return Axis.of(all, logY, true, 6);
  }
}
