package io.redraft.load.serve;

import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.model.decode.DenoiseTask;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a denoising step costs beyond the network: the steps of one text, once by calling the
 * network on the device's thread with exactly the tasks that the text's steps had, once through
 * clients.
 */
final class StepOverhead {
  /** How steps are taken. */
  enum Way {
    /** The network is called, nothing else. */
    BARE("the network alone"),
    /** Actors and the API's services, without a network between. */
    IN_PROCESS("actors, in process"),
    /** Everything: actors, gRPC, TCP over loopback, every draft sent. */
    LOOPBACK("actors and gRPC over loopback"),
    /** The same without drafts. */
    WITHOUT_DRAFTS("the same, commits only");

    private final String words;

    Way(String words) {
      this.words = words;
    }
  }

  /**
   * What was found.
   *
   * @param steps steps of the text
   * @param milliseconds of a step, mean over a text's steps; one value a text
   * @param network of these, spent in the network
   */
  record Result(int steps, Map<Way, Series> milliseconds, Map<Way, Series> network) {
    /** Share that a way adds to the network alone; 0.1 is a tenth. */
    double overhead(Way way) {
      return milliseconds.get(way).median() / milliseconds.get(Way.BARE).median() - 1;
    }

    Table table() {
      var table =
          new Table(
              "a step", "ms, median", "min", "max", "of it in the network", "over the network");
      milliseconds.forEach(
          (way, ms) ->
              table.row(
                  way.words,
                  number(ms.median()),
                  number(ms.min()),
                  number(ms.max()),
                  number(network.get(way).median()),
                  way == Way.BARE
                      ? ""
                      : String.format(Locale.ROOT, "%+.1f %%", 100 * overhead(way))));
      return table;
    }

    private static String number(double value) {
      return String.format(Locale.ROOT, "%.3f", value);
    }
  }

  private static final long SEED = 1;

  private final ServerUnderTest server;
  private final FullCanvas canvas;
  private final Map<Way, Series> network = new EnumMap<>(Way.class);

  StepOverhead(ServerUnderTest server, FullCanvas canvas) {
    this.server = server;
    this.canvas = canvas;
  }

  /** Measures in at least {@code rounds} rounds and for at least {@code time}. */
  Result measure(int rounds, Duration time, Rounds.Progress progress) throws Exception {
    server.takeForwards();
    new LoadClient(server.loopback()).alone(canvas.request(SEED));
    var steps = server.takeForwards().stream().map(f -> f.tasks().get(0)).toList();
    for (Way way : Way.values()) {
      network.put(way, new Series());
    }
    var loopback = new LoadClient(server.loopback());
    var inProcess = new LoadClient(server.inProcess());
    var silent = canvas.withoutDrafts();
    var milliseconds =
        new Rounds<Way>()
            .with(Way.BARE, round -> bare(steps))
            .with(Way.IN_PROCESS, round -> served(Way.IN_PROCESS, inProcess, canvas, steps))
            .with(Way.LOOPBACK, round -> served(Way.LOOPBACK, loopback, canvas, steps))
            .with(Way.WITHOUT_DRAFTS, round -> served(Way.WITHOUT_DRAFTS, loopback, silent, steps))
            .run(rounds, time, progress);
    return new Result(steps.size(), milliseconds, network);
  }

  private double bare(List<DenoiseTask> steps) {
    double ms =
        server.onDevice(
            () -> {
              long start = System.nanoTime();
              for (var task : steps) {
                server.bare().denoise(List.of(task));
              }
              return (System.nanoTime() - start) / 1e6 / steps.size();
            });
    network.get(Way.BARE).add(ms);
    return ms;
  }

  private double served(Way way, LoadClient client, FullCanvas what, List<DenoiseTask> steps) {
    server.takeForwards();
    var text = client.alone(what.request(SEED));
    var forwards = server.takeForwards();
    if (forwards.size() != steps.size()) {
      throw new IllegalStateException(
          "the same seed took " + forwards.size() + " steps after " + steps.size());
    }
    double computing = forwards.stream().mapToDouble(WatchedDenoiser.Forward::seconds).sum();
    network.get(way).add(1e3 * computing / steps.size());
    return 1e3 * text.seconds() / steps.size();
  }
}
