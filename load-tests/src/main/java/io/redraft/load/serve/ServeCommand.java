package io.redraft.load.serve;

import io.redraft.actors.serving.ModelInfo;
import io.redraft.load.measure.Report;
import io.redraft.model.InvalidInputException;
import io.redraft.model.text.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench serve}: what serving costs, and what many streams gain. */
@Command(
    name = "serve",
    header = "What serving costs beyond the network, and what many streams gain.",
    description = {
      "Starts a server and its clients in this process and measures, in turn and repeatedly:",
      "  what a denoising step costs through actors and gRPC beyond the network alone;",
      "  tokens a second of 1 to 16 streams on canvases of several lengths.",
      "Fails if the text of any stream differs from the text that its seed gives alone."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench serve",
      "  redraft bench serve --canvases 256 --streams 1,16",
      "  redraft bench serve --canvases 256 --streams 1 --block 4,32 --cache none,dual --threshold 0.9",
      "  redraft bench serve --model models/mine --compute float32 --seconds 300 --json serve.json"
    })
public final class ServeCommand implements Callable<Integer> {
  private static final int LEAST_ROUNDS = 3;

  @Spec private CommandSpec spec;
  @Mixin private ServedModel model;
  @Mixin private WritingOptions writings;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "120",
      description = {
        "Goes on in whole rounds, at least "
            + LEAST_ROUNDS
            + " of each kind, until these seconds are over; a",
        "quarter of them is for the overhead of a step. Default: ${DEFAULT-VALUE}."
      })
  private int seconds;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the numbers there too.")
  private Optional<Path> json;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "32",
      description = {
        "Denoising steps a text. Whatever their number, the first reads every token's logits and the last",
        "few; so it hardly changes the time of a step. Default: ${DEFAULT-VALUE}."
      })
  private int steps;

  @Option(
      names = "--canvases",
      paramLabel = "N,N…",
      split = ",",
      description = "Tokens of the canvases. Default: 32, 64, 128 and the model's context.")
  private List<Integer> lengths = List.of();

  @Option(
      names = "--streams",
      paramLabel = "N,N…",
      split = ",",
      defaultValue = "1,2,4,8,16",
      description = "Texts at the same time, 1 the first. Default: ${DEFAULT-VALUE}.")
  private List<Integer> streams;

  /** Made by the command line. */
  public ServeCommand() {}

  @Override
  public Integer call() throws Exception {
    checkOptions();
    try (var server = model.start()) {
      var report = new Report("serve", spec.commandLine().getOut());
      report.put("model", described(server.model()));
      report.line(
          "model: %s, %d parameters, context %d, %s"
              .formatted(
                  server.model().name(),
                  server.model().network().parameters(),
                  server.model().network().contextLength(),
                  server.model().computeType()));
      measure(server, report);
      report.write(json);
    }
    return 0;
  }

  private void measure(ServerUnderTest server, Report report) throws Exception {
    var canvases = canvases(server.model().network().contextLength(), model.tokenizer());
    var sweep = new StreamSweep(server, canvases, streams);
    say("writing every seed's text alone");
    sweep.writeAlone();

    int ofStep = writings.inBlocks() ? 0 : seconds / 4;
    if (!writings.inBlocks()) {
      measureStep(server, canvases.get(canvases.size() - 1), Duration.ofSeconds(ofStep), report);
    }
    var cells =
        sweep.measure(
            LEAST_ROUNDS,
            Duration.ofSeconds(seconds - ofStep),
            r -> say("streams, round " + (r + 1)));
    Map<String, Object> named = new LinkedHashMap<>();
    cells.forEach((cell, got) -> named.put(cell.canvas() + ", " + cell.streams(), got));
    report
        .put("streams", named)
        .table("Streams over loopback, medians", sweep.table())
        .table("Their batches", sweep.batches())
        .table("Their passes", sweep.ways())
        .line("Every text equals the one that its seed gives alone.");
  }

  /** What it is; how it would be decoded by default has no say here. */
  private static Map<String, Object> described(ModelInfo model) {
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("name", model.name());
    described.put("network", model.network());
    described.put("computeType", model.computeType());
    return described;
  }

  private void measureStep(ServerUnderTest server, FullCanvas full, Duration time, Report report)
      throws Exception {
    var overhead =
        new StepOverhead(server, full)
            .measure(LEAST_ROUNDS, time, r -> say("step, round " + (r + 1)));
    report
        .put("step", overhead)
        .table(
            "A step of one stream on a canvas of " + full.length() + " tokens", overhead.table());
  }

  private List<FullCanvas> canvases(int context, Tokenizer tokenizer) {
    var wanted =
        lengths.isEmpty()
            ? Stream.of(32, 64, 128, context)
                .filter(length -> length <= context)
                .distinct()
                .toList()
            : lengths;
    for (int length : wanted) {
      if (length < 2 || length > context) {
        throw InvalidInputException.of("canvases", length, "2 to the context, " + context);
      }
    }
    return wanted.stream()
        .map(length -> FullCanvas.of(length, steps, tokenizer))
        .flatMap(canvas -> writings.all().stream().map(canvas::written))
        .toList();
  }

  private void checkOptions() {
    if (seconds < 0) {
      throw InvalidInputException.of("seconds", seconds, "0 or more");
    }
    if (steps < 1) {
      throw InvalidInputException.of("steps", steps, "1 or more");
    }
    writings.all(); // says what is wrong with them
    for (int i = 0; i < streams.size(); i++) {
      if (i == 0 ? streams.get(0) != 1 : streams.get(i) <= streams.get(i - 1)) {
        throw InvalidInputException.of("streams", streams, "1 first, then more and more");
      }
    }
  }

  private void say(String what) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(what);
    err.flush();
  }
}
