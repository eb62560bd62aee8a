package io.redraft.load.serve;

import io.redraft.load.measure.Report;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The denoiser beside a causal model, each in a server of its own within this process. */
final class CausalPart implements Part {
  /** Streams where none are asked for. */
  static final List<Integer> USUAL_STREAMS = List.of(1, 2, 4, 8, 16, 32);

  private final CausalOptions options;
  private final ServedModel model;
  private final Stories stories;
  private final Supplier<Way> way;
  private final List<Integer> streams;
  private final int rounds;
  private final Consumer<String> say;

  CausalPart(
      CausalOptions options,
      ServedModel model,
      Stories stories,
      Supplier<Way> way,
      List<Integer> streams,
      int rounds,
      Consumer<String> say) {
    this.options = options;
    this.model = model;
    this.stories = stories;
    this.way = way;
    this.streams = streams;
    this.rounds = rounds;
    this.say = say;
  }

  @Override
  public boolean measure(ServerUnderTest server, Report report) throws Exception {
    try (var causal = model.startCausal(options.folder())) {
      var chosen = way.get();
      var comparison =
          new CausalComparison(
              new CausalComparison.Side(
                  server.model().name() + ", " + chosen,
                  new LoadClient(server.loopback()),
                  i -> stories.request(i, chosen)),
              new CausalComparison.Side(
                  causal.model().name() + ", key/value cache",
                  new LoadClient(causal.loopback()),
                  i -> stories.request(i, stories.leftToRight())),
              streams);
      comparison.measure(rounds, round -> say.accept("causal, round " + (round + 1)));
      Map<String, Object> json = new LinkedHashMap<>(comparison.json());
      Map<String, Double> ratios = new LinkedHashMap<>();
      streams.forEach(n -> ratios.put(String.valueOf(n), comparison.ratio(n)));
      json.put("denoiserOverCausal", ratios);
      report
          .put("causal", json)
          .table(
              "Streams of stories of %d tokens beside a causal model, %s"
                  .formatted(stories.length(), server.model().computeType()),
              comparison.table())
          .line(comparison.verdict());
    }
    return true;
  }
}
