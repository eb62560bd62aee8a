package io.redraft.load.soak;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.serve.FullCanvas;
import io.redraft.load.serve.ServedModel;
import io.redraft.load.serve.ServerUnderTest;
import io.redraft.model.InvalidInputException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code redraft bench soak}: what a server holds after many requests, or beside stalled clients.
 */
@Command(
    name = "soak",
    header = "What a server holds after many requests, or beside clients that stop reading.",
    description = {
      "Starts a server and its clients in this process. With --requests: short requests of every kind, some wrong, "
          + "cancelled, late or resumed; fails if the number of native handles changes or resident memory grows by "
          + "1 % or more. With --stalled: clients that read one event and no more, beside others that read their "
          + "texts; fails if the heap or direct memory moves by more than 16 MB, or if the others lose a fifth of "
          + "their speed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench soak --requests 10000 --json requests.json",
      "  redraft bench soak --stalled 100 --seconds 300 --json stalled.json"
    })
public final class SoakCommand implements Callable<Integer> {
  private static final int LONG = 128;
  private static final int SHORT = 32;
  private static final int LOOKS = 10;

  @Spec private CommandSpec spec;
  @Mixin private ServedModel model;

  @Option(names = "--requests", paramLabel = "N", description = "Sends so many requests.")
  private Optional<Integer> requests;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Requests before the first look. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(names = "--stalled", paramLabel = "N", description = "Stalls so many clients.")
  private Optional<Integer> stalled;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "300",
      description = "How long they are stalled. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public SoakCommand() {}

  @Override
  public Integer call() throws Exception {
    if (requests.isPresent() == stalled.isPresent()) {
      throw new InvalidInputException(
          "--requests", "--requests or --stalled is needed; allowed: one of them");
    }
    atLeastOne("--requests", requests.orElse(1));
    atLeastOne("--stalled", stalled.orElse(1));
    atLeastOne("--seconds", seconds);
    if (warmUp < 0) {
      throw InvalidInputException.of("--warm-up", warmUp, "0 or more");
    }
    // Every stalled text has a place until it is written, and the live ones have some beside them.
    int places = 64 + stalled.orElse(0);
    String problem;
    try (var server = model.start(Map.of("redraft.serving.max-sessions", places))) {
      var report = new Report("soak", spec.commandLine().getOut());
      report.put("model", server.model().name());
      problem = requests.isPresent() ? requests(server, report) : stalled(server, report);
      report.put("problem", problem).write(json.file());
    }
    if (!problem.isEmpty()) {
      throw new IllegalStateException(problem);
    }
    return 0;
  }

  private String requests(ServerUnderTest server, Report report) throws Exception {
    say("warming up with %d requests".formatted(warmUp));
    var result =
        new RequestSoak(server)
            .run(
                warmUp,
                requests.orElseThrow(),
                look ->
                    say(
                        "after %d requests: %s MB resident"
                            .formatted(
                                look.requests(), Holdings.megabytes(look.holdings().resident()))));
    report
        .put("requests", result)
        .table("What the process holds, with nothing in flight", result.table())
        .line(
            String.format(
                Locale.ROOT,
                "%d requests in %.0f s: %s; resident memory %+.2f %%",
                result.requests(),
                result.seconds(),
                result.kinds(),
                100 * result.growth()));
    return result.problem();
  }

  private String stalled(ServerUnderTest server, Report report) throws Exception {
    int context = server.model().network().contextLength();
    var stalling = FullCanvas.of(Math.min(LONG, context), context, model.tokenizer());
    var live = FullCanvas.of(Math.min(SHORT, context), SHORT, model.tokenizer());
    var result =
        new StalledSoak(server, stalling, live)
            .run(
                stalled.orElseThrow(),
                Duration.ofSeconds(seconds),
                LOOKS,
                look -> say(String.format(Locale.ROOT, "after %.0f s", look.second())));
    report
        .put("stalled", result)
        .put("speed", result.speed())
        .table(result.stalled() + " stalled clients", result.table())
        .line(
            String.format(
                Locale.ROOT,
                "moved by at most: heap %s MB, direct memory %s MB; live clients kept %.2f of their speed",
                Holdings.megabytes(result.heapGrowth()),
                Holdings.megabytes(result.directGrowth()),
                result.speed()));
    return result.problem();
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw InvalidInputException.of(option, value, "1 or more");
    }
  }

  private void say(String what) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(what);
    err.flush();
  }
}
