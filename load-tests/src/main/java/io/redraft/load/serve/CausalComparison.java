package io.redraft.load.serve;

import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.proto.v1.GenerateRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A denoiser beside a causal model with its key/value cache: the same openings, equally many
 * tokens, the same server before both, so many streams at a time. Models and numbers of streams
 * take turns.
 */
final class CausalComparison {
  /**
   * A server and what it is asked.
   *
   * @param name of the model and the way in which it writes
   * @param client a client of its server
   * @param requests the i-th text's request
   */
  record Side(
      String name, LoadClient client, java.util.function.IntFunction<GenerateRequest> requests) {}

  /**
   * What a side gave with so many streams.
   *
   * @param tokensPerSecond written tokens of all streams a second, one value a round
   * @param tokensPerText written tokens of a text, mean of a round
   */
  record Measured(Series tokensPerSecond, Series tokensPerText) {
    private Measured() {
      this(new Series(), new Series());
    }
  }

  private record Cell(Side side, int streams) {}

  private final List<Side> sides;
  private final List<Integer> streams;
  private final Map<Cell, Measured> results = new LinkedHashMap<>();

  /** A comparison of the denoiser with the causal model for these numbers of streams. */
  CausalComparison(Side denoiser, Side causal, List<Integer> streams) {
    this.sides = List.of(denoiser, causal);
    this.streams = streams;
  }

  /** Measures in so many rounds; a text of each side warms up. */
  void measure(int rounds, Rounds.Progress progress) throws Exception {
    var turns = new Rounds<Cell>();
    for (var side : sides) {
      side.client.alone(side.requests.apply(0));
      for (int n : streams) {
        var cell = new Cell(side, n);
        var measured = new Measured();
        results.put(cell, measured);
        turns.with(cell, round -> write(cell, round, measured));
      }
    }
    turns.run(rounds, Duration.ZERO, progress);
  }

  private static double write(Cell cell, int round, Measured into) {
    int n = cell.streams;
    var requests = IntStream.range(0, n).mapToObj(i -> cell.side.requests.apply(round * n + i));
    long start = System.nanoTime();
    var texts = cell.side.client.together(requests.toList());
    double seconds = (System.nanoTime() - start) / 1e9;
    long written = texts.stream().mapToLong(text -> text.usage().getGeneratedTokens()).sum();
    into.tokensPerSecond.add(written / seconds);
    into.tokensPerText.add((double) written / n);
    return written / seconds;
  }

  /** How many times the causal model's tokens a second the denoiser writes. */
  double ratio(int n) {
    return speed(sides.get(0), n) / speed(sides.get(1), n);
  }

  private double speed(Side side, int n) {
    return results.get(new Cell(side, n)).tokensPerSecond().median();
  }

  /** For a program: by side and number of streams. */
  Map<String, Map<String, Measured>> json() {
    Map<String, Map<String, Measured>> all = new LinkedHashMap<>();
    results.forEach(
        (cell, measured) ->
            all.computeIfAbsent(cell.side.name, name -> new LinkedHashMap<>())
                .put(String.valueOf(cell.streams), measured));
    return all;
  }

  /** A row a side, and how they compare. */
  Table table() {
    List<String> headings = new ArrayList<>(List.of("tokens/s"));
    streams.forEach(n -> headings.add(n + (n == 1 ? " stream" : " streams")));
    headings.add("tokens a text");
    var table = new Table(headings.toArray(String[]::new));
    for (var side : sides) {
      List<String> row = new ArrayList<>(List.of(side.name));
      streams.forEach(n -> row.add(String.format(Locale.ROOT, "%.0f", speed(side, n))));
      var tokens = results.get(new Cell(side, streams.get(0))).tokensPerText();
      row.add(String.format(Locale.ROOT, "%.0f", tokens.median()));
      table.row(row.toArray(String[]::new));
    }
    List<String> row = new ArrayList<>(List.of("denoiser over causal"));
    streams.forEach(n -> row.add(String.format(Locale.ROOT, "%.2f×", ratio(n))));
    row.add("");
    return table.row(row.toArray(String[]::new));
  }

  /** Where the causal model writes more tokens a second, in words. */
  String verdict() {
    var lost = streams.stream().filter(n -> ratio(n) < 1).map(String::valueOf).toList();
    return lost.isEmpty()
        ? "The causal model is slower at every number of streams."
        : "The causal model is faster with " + String.join(", ", lost) + " streams.";
  }
}
