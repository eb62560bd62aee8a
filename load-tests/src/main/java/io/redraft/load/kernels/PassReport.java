package io.redraft.load.kernels;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.DeviceChoice;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measures passes of a network of random weights and tells what came of it. */
final class PassReport {
  private static final double GIB = 1L << 30;

  private final PassOptions options;
  private final Report report;
  private final PrintWriter progress;

  PassReport(PassOptions options, Report report, PrintWriter progress) {
    this.options = options;
    this.report = report;
    this.progress = progress;
  }

  /** Checks the device, then measures a network of these sizes. */
  void measure(String sizes, int rounds) throws Exception {
    List<RandomShape> canvases = RandomShape.canvases(options.canvases);
    int longest = canvases.stream().mapToInt(RandomShape::length).max().orElseThrow();
    int shortest = canvases.stream().mapToInt(RandomShape::length).min().orElseThrow();
    NetworkConfig network = RandomShape.network(sizes, longest);
    between("--rows", options.rows, 1, shortest);
    options.block.ifPresent(block -> between("--block", block, options.rows, shortest));
    Device device = DeviceChoice.of(options.device);
    ComputeType type = ComputeType.of(options.compute, device);
    report.line(caption(network, device, type));
    try (Kernels kernels = DeviceChoice.open("--device", device)) {
      check(kernels, type);
      var settings = new RandomPasses.Settings(options.rows, options.block, options.graphs);
      try (var passes = new RandomPasses(kernels, network, type, settings)) {
        measure(passes, canvases, rounds);
      }
    }
    report
        .put("network", network)
        .put("device", device.toString())
        .put("compute", type.name().toLowerCase(Locale.ROOT))
        .put("rows", options.rows)
        .put("cuda graphs", device.isGpu() && options.graphs);
  }

  private void check(Kernels kernels, ComputeType type) throws Exception {
    double difference = DeviceCheck.difference(kernels, type);
    report.put("difference from float32 on the CPU", difference);
    report.line(
        String.format(
            Locale.ROOT,
            "a small network's log-probabilities differ from float32 on the CPU by %.2g of their spread",
            difference));
    if (!(difference <= DeviceCheck.tolerance(type))) {
      throw new IllegalStateException(
          "more than rounding explains (" + DeviceCheck.tolerance(type) + ")");
    }
  }

  private void measure(RandomPasses passes, List<RandomShape> canvases, int rounds)
      throws Exception {
    var times = new Table("canvases", "pass", "median", "min", "max");
    var memory =
        new Table("canvases", "weights", "caches", "block", "sum", "measured", "over the sum");
    Map<String, Object> results = new LinkedHashMap<>();
    for (RandomShape shape : canvases) {
      var result = passes.measure(shape, rounds, round -> tell(shape, round, rounds));
      results.put(shape.toString(), result);
      if (result.outOfMemory()) {
        times.row(shape.toString(), "out of memory", "", "", "");
      }
      result.seconds().forEach((pass, series) -> addTime(times, shape, pass, series));
      addMemory(memory, shape, result, passes.before());
    }
    report
        .put("bytes in use before", passes.before())
        .put("passes", results)
        .table("Milliseconds of a pass", times)
        .table(
            "Memory of the device, GiB; measured: in use, less what was in use before the network",
            memory);
  }

  private void tell(RandomShape shape, int round, int rounds) {
    progress.print("\r" + shape + ": round " + (round + 1) + " of " + rounds + " ");
    progress.flush();
  }

  private static void addTime(Table table, RandomShape shape, String pass, Series series) {
    table.row(
        shape.toString(),
        pass,
        milliseconds(series.median()),
        milliseconds(series.min()),
        milliseconds(series.max()));
  }

  private static void addMemory(
      Table table, RandomShape shape, RandomPasses.Result result, long before) {
    PassMemory needed = result.needed();
    String measured = "";
    String ratio = "";
    if (result.device() > 0) {
      long grown = result.device() - before;
      measured = gib(grown);
      ratio = String.format(Locale.ROOT, "%.3f", (double) grown / needed.total());
    }
    table.row(
        shape.toString(),
        gib(needed.weights()),
        gib(needed.caches()),
        gib(needed.block()),
        gib(needed.total()),
        measured,
        ratio);
  }

  private String caption(NetworkConfig c, Device device, ComputeType type) {
    return String.format(
        Locale.ROOT,
        "%,d parameters (%d x %d, %d heads, feed-forward %d, vocabulary %d), %d rows a canvas, %s, %s, CUDA graphs %s",
        c.parameters(),
        c.layers(),
        c.width(),
        c.heads(),
        c.feedForwardWidth(),
        c.vocabularySize(),
        options.rows,
        device,
        type.name().toLowerCase(Locale.ROOT),
        device.isGpu() && options.graphs ? "on" : "off");
  }

  private static void between(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw InvalidInputException.of(field, value, least + " to " + most);
    }
  }

  private static String milliseconds(double seconds) {
    return String.format(Locale.ROOT, "%.2f", 1e3 * seconds);
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / GIB);
  }
}
