package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.proto.v1.GenerateRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What a step costs beyond the network: of one stream, and of as many as fill a batch. */
final class OverheadPart implements Part {
  /** Texts that fill a batch. */
  static final int CROWD = 16;

  private static final int CROWD_CANVAS = 64; // 16 of them are one pass of 1,024 tokens

  private final ServedModel model;
  private final FullCanvas canvas;
  private final Stories stories;
  private final Supplier<Way> way;
  private final int rounds;
  private final Duration time;
  private final Consumer<String> say;

  OverheadPart(
      ServedModel model,
      FullCanvas canvas,
      Stories stories,
      Supplier<Way> way,
      int rounds,
      Duration time,
      Consumer<String> say) {
    this.model = model;
    this.canvas = canvas;
    this.stories = stories;
    this.way = way;
    this.rounds = rounds;
    this.time = time;
    this.say = say;
  }

  @Override
  public boolean measure(ServerUnderTest server, Report report) throws Exception {
    var overhead =
        new StepOverhead(server, canvas)
            .measure(rounds, time, r -> say.accept("step, round " + (r + 1)));
    report
        .put("step", overhead)
        .table(
            "A step of one stream on a canvas of " + canvas.length() + " tokens", overhead.table());
    crowd(server, report);
    return true;
  }

  private void crowd(ServerUnderTest server, Report report) {
    int length = Math.min(CROWD_CANVAS, model.folder().config().contextLength());
    var full = FullCanvas.of(length, length, model.tokenizer());
    var chosen = way.get();
    Map<String, CrowdOverhead> crowds = new LinkedHashMap<>();
    crowds.put(full.name() + ", one a step", new CrowdOverhead(server, requests(full::request)));
    crowds.put(
        stories.length() + " tokens, " + chosen,
        new CrowdOverhead(server, requests(seed -> stories.request((int) seed, chosen))));
    Map<String, CrowdOverhead.Result> results = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      say.accept("a full batch, round " + (round + 1));
      crowds.forEach((name, crowd) -> results.put(name, crowd.round()));
    }
    report
        .put("crowd", results)
        .table("A pass of " + CROWD + " streams, ms, medians", table(results));
  }

  private static List<GenerateRequest> requests(
      java.util.function.LongFunction<GenerateRequest> request) {
    return IntStream.range(0, CROWD).mapToObj(request::apply).toList();
  }

  private static Table table(Map<String, CrowdOverhead.Result> results) {
    var table =
        new Table(
            "canvases of",
            "canvases a pass",
            "step",
            "in the network",
            "between passes",
            "share",
            "network alone",
            "longer by",
            "CPU of other threads",
            "cores of other processes");
    results.forEach(
        (name, r) ->
            table.row(
                name,
                number(1, r.canvases().median()),
                number(2, r.step().median()),
                number(2, r.network().median()),
                number(2, r.between().median()),
                number(1, 100 * r.getShare()) + " %",
                number(2, r.alone().median()),
                number(1, 100 * r.getSlowdown()) + " %",
                number(2, r.threads().median()),
                number(1, r.others().median())));
    return table;
  }

  private static String number(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
