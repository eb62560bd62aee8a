package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Time to the first draft and to a free place, of a text alone and of one among many. */
final class LatencyPart implements Part {
  private static final List<Integer> TEXTS = List.of(1, OverheadPart.CROWD);
  private static final double MOST_STEPS = 2;

  private final ServedModel model;
  private final Stories stories;
  private final List<Way> ways;
  private final int tries;
  private final Consumer<String> say;

  /** A measurement of stories that are written in each of these ways, one token a step. */
  LatencyPart(ServedModel model, Stories stories, List<Way> ways, int tries, Consumer<String> say) {
    this.model = model;
    this.stories = stories;
    this.ways = ways;
    this.tries = tries;
    this.say = say;
  }

  /** Its texts need servers with as many places as texts, so the one that runs is not used. */
  @Override
  public boolean measure(ServerUnderTest unused, Report report) throws Exception {
    Map<String, Latency.Result> results = new LinkedHashMap<>();
    for (int texts : TEXTS) {
      Map<String, Object> places = Map.of("redraft.serving.max-sessions", texts);
      try (var server = model.start(model.type(), places)) {
        for (var way : ways) {
          say.accept("latency, %d texts, %s".formatted(texts, way));
          var latency = new Latency(server, stories, way, texts);
          latency.round(0); // warms up
          latency = new Latency(server, stories, way, texts);
          for (int round = 1; round <= tries; round++) {
            results.put(texts + (texts == 1 ? " text, " : " texts, ") + way, latency.round(round));
          }
        }
      }
    }
    report
        .put("latency", results)
        .table(
            "Steps from admission to the first draft, and from a cancellation to the next admission",
            table(results));
    return true;
  }

  private static Table table(Map<String, Latency.Result> results) {
    var table =
        new Table(
            "stories written at the same time",
            "ms a step",
            "first draft, steps",
            "max",
            "under 2",
            "passes, max",
            "free, steps",
            "max",
            "passes, max");
    results.forEach(
        (name, r) ->
            table.row(
                name,
                number(r.step().median()),
                number(r.firstDraft().median()),
                number(r.firstDraft().max()),
                "%d of %d".formatted(under(r.firstDraft()), r.firstDraft().values().size()),
                String.format(Locale.ROOT, "%.0f", r.passes().max()),
                number(r.freed().median()),
                number(r.freed().max()),
                String.format(Locale.ROOT, "%.0f", r.passesUntilFree().max())));
    return table;
  }

  private static long under(Series steps) {
    return steps.values().stream().filter(value -> value < MOST_STEPS).count();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
