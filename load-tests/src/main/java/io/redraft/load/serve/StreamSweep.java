package io.redraft.load.serve;

import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Many texts at a time: tokens a second over loopback for every length of canvas and number of
 * streams. Seeds are 0, 1, 2, …; the text of each was written alone first, and whatever is written
 * later must equal it.
 */
final class StreamSweep {
  /**
   * A cell of the sweep.
   *
   * @param canvas a canvas's {@link FullCanvas#name}
   * @param streams texts at the same time
   */
  record Cell(String canvas, int streams) {}

  /**
   * What a cell gave.
   *
   * @param tokensPerSecond written tokens of all streams a second, one value a round
   * @param canvasesPerForward mean size of its batches
   * @param deviceBusy share of the time in which the device computed
   * @param tokensPerForward tokens of one text a forward pass that it took part in
   */
  record Measured(
      Series tokensPerSecond,
      Series canvasesPerForward,
      Series deviceBusy,
      Series tokensPerForward) {
    private Measured() {
      this(new Series(), new Series(), new Series(), new Series());
    }
  }

  private record Seeded(String canvas, long seed) {}

  private final ServerUnderTest server;
  private final LoadClient client;
  private final List<FullCanvas> canvases;
  private final List<Integer> streams;
  private final Map<Seeded, String> alone = new HashMap<>();
  private final Map<Cell, Measured> results = new LinkedHashMap<>();

  /** A sweep over all combinations; {@code streams} ascending, from 1. */
  StreamSweep(ServerUnderTest server, List<FullCanvas> canvases, List<Integer> streams) {
    this.server = server;
    this.client = new LoadClient(server.loopback());
    this.canvases = canvases;
    this.streams = streams;
  }

  /** Number of texts that {@link #writeAlone} writes. */
  int seeds() {
    return streams.get(streams.size() - 1);
  }

  /** Writes every seed's text alone: what all others are compared with, and a warm-up. */
  void writeAlone() {
    for (var canvas : canvases) {
      for (long seed = 0; seed < seeds(); seed++) {
        alone.put(new Seeded(canvas.name(), seed), client.alone(canvas.request(seed)).text());
      }
    }
  }

  /**
   * Measures in at least {@code rounds} rounds and for at least {@code time}.
   *
   * @throws IllegalStateException where a text differs from the same seed's text written alone
   */
  Map<Cell, Measured> measure(int rounds, Duration time, Rounds.Progress progress)
      throws Exception {
    var all = new Rounds<Cell>();
    for (var canvas : canvases) {
      for (int n : streams) {
        var cell = new Cell(canvas.name(), n);
        var measured = new Measured();
        results.put(cell, measured);
        all.with(cell, round -> measure(canvas, n, round, measured));
      }
    }
    all.run(rounds, time, progress);
    return results;
  }

  private double measure(FullCanvas canvas, int n, int round, Measured into) {
    // One stream gets another seed every round, 16 streams get all of them.
    long[] seeds = IntStream.range(0, n).mapToLong(i -> (round * n + i) % seeds()).toArray();
    server.takeForwards();
    long start = System.nanoTime();
    var texts =
        client.together(IntStream.range(0, n).mapToObj(i -> canvas.request(seeds[i])).toList());
    double seconds = (System.nanoTime() - start) / 1e9;
    var forwards = server.takeForwards();

    long written = 0;
    for (int i = 0; i < n; i++) {
      check(new Seeded(canvas.name(), seeds[i]), n, texts.get(i).text());
      written += texts.get(i).usage().getGeneratedTokens();
    }
    double computing = forwards.stream().mapToDouble(WatchedDenoiser.Forward::seconds).sum();
    long batched = forwards.stream().mapToLong(f -> f.tasks().size()).sum();
    into.canvasesPerForward().add((double) batched / forwards.size());
    into.tokensPerForward().add((double) written / batched);
    into.deviceBusy().add(computing / seconds);
    into.tokensPerSecond().add(written / seconds);
    return written / seconds;
  }

  private void check(Seeded which, int n, String text) {
    if (!text.equals(alone.get(which))) {
      throw new IllegalStateException(
          "seed %d on a canvas of %s wrote another text among %d streams than alone"
              .formatted(which.seed(), which.canvas(), n));
    }
  }

  /** How many times as many tokens a second a cell writes as one stream does. */
  double gain(Cell cell) {
    double one = results.get(new Cell(cell.canvas(), 1)).tokensPerSecond().median();
    return results.get(cell).tokensPerSecond().median() / one;
  }

  /** A row a canvas: tokens a second by number of streams, and the gain of the most. */
  Table table() {
    List<String> headings = new ArrayList<>(List.of("tokens/s on canvases of"));
    streams.forEach(n -> headings.add(n + (n == 1 ? " stream" : " streams")));
    headings.add(seeds() + " over 1");
    var table = new Table(headings.toArray(String[]::new));
    for (var canvas : canvases) {
      List<String> row = new ArrayList<>(List.of(canvas.name()));
      for (int n : streams) {
        var measured = results.get(new Cell(canvas.name(), n));
        row.add(String.format(Locale.ROOT, "%.0f", measured.tokensPerSecond().median()));
      }
      row.add(String.format(Locale.ROOT, "%.2f×", gain(new Cell(canvas.name(), seeds()))));
      table.row(row.toArray(String[]::new));
    }
    return table;
  }

  /** A row a canvas: tokens a forward pass, and how many times the first row's tokens a second. */
  Table ways() {
    List<String> headings = new ArrayList<>(List.of("one stream on canvases of"));
    headings.addAll(List.of("tokens/s", "tokens a pass", "ms a pass", "over the first"));
    var table = new Table(headings.toArray(String[]::new));
    double first = results.get(new Cell(canvases.get(0).name(), 1)).tokensPerSecond().median();
    for (var canvas : canvases) {
      var measured = results.get(new Cell(canvas.name(), 1));
      double speed = measured.tokensPerSecond().median();
      double perPass = measured.tokensPerForward().median();
      table.row(
          canvas.name(),
          String.format(Locale.ROOT, "%.0f", speed),
          String.format(Locale.ROOT, "%.2f", perPass),
          String.format(Locale.ROOT, "%.2f", 1e3 * perPass / speed),
          String.format(Locale.ROOT, "%.2f×", speed / first));
    }
    return table;
  }

  /** A row a canvas: how full batches and how busy the device were. */
  Table batches() {
    List<String> headings = new ArrayList<>(List.of("canvases a forward, device busy"));
    streams.forEach(n -> headings.add(n + (n == 1 ? " stream" : " streams")));
    var table = new Table(headings.toArray(String[]::new));
    for (var canvas : canvases) {
      List<String> row = new ArrayList<>(List.of(canvas.name()));
      for (int n : streams) {
        var measured = results.get(new Cell(canvas.name(), n));
        row.add(
            String.format(
                Locale.ROOT,
                "%.1f, %.0f %%",
                measured.canvasesPerForward().median(),
                100 * measured.deviceBusy().median()));
      }
      table.row(row.toArray(String[]::new));
    }
    return table;
  }
}
