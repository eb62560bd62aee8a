package io.redraft.load.startup;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.model.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench startup}: from the launcher to the first draft. */
@Command(
    name = "startup",
    header = "From the launcher to the first draft.",
    description = {
      "Starts the launcher again and again, each time as a new process, and tells how long it takes to the first "
          + "draft event, to the end of the text, and to --version and --help. One unmeasured round comes first, so "
          + "that files are in memory."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench startup",
      "  redraft bench startup --runs 20 --model models/mine --json startup.json"
    })
public final class StartupCommand implements Callable<Integer> {
  private static final String FIRST_DRAFT = "generate: first draft";
  private static final String WHOLE_TEXT = "generate: whole text";

  @Spec private CommandSpec spec;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "10",
      description = "Measured runs of each kind, at least 1. Default: ${DEFAULT-VALUE}.")
  private int runs;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder. Default: the shipped model.")
  private Optional<Path> model;

  @Option(
      names = "--launcher",
      paramLabel = "FILE",
      description = "The launcher. Default: that of this checkout.")
  private Optional<Path> launcher;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public StartupCommand() {}

  @Override
  public Integer call() throws Exception {
    if (runs < 1) {
      throw InvalidInputException.of("--runs", runs, "1 or more");
    }
    String program = program();
    List<String> generate = new ArrayList<>(List.of(program, "generate", "--json", "--seed", "1"));
    model.ifPresent(folder -> generate.addAll(List.of("--model", folder.toString())));
    generate.add("Once upon a time");

    for (var command : List.of(generate, List.of(program, "--help"))) {
      LauncherRun.of(command); // not measured: brings files into memory, builds what is not built
    }
    var report = new Report("startup", spec.commandLine().getOut());
    var wholeText = new Series();
    var results =
        new Rounds<String>()
            .with(FIRST_DRAFT, round -> firstDraft(generate, wholeText))
            .with("--version", round -> LauncherRun.of(List.of(program, "--version")).end())
            .with("--help", round -> LauncherRun.of(List.of(program, "--help")).end())
            .run(runs, Duration.ZERO, this::progress);
    results.put(WHOLE_TEXT, wholeText);
    report
        .put("seconds", results)
        .table("Seconds from the start of the launcher to", table(results));
    report.write(json.file());
    return 0;
  }

  private static double firstDraft(List<String> generate, Series wholeText) throws Exception {
    var run = LauncherRun.of(generate);
    wholeText.add(run.end());
    return run.firstDraft()
        .orElseThrow(() -> new IllegalStateException("generate --json printed no draft event"));
  }

  private String program() {
    Path file =
        launcher.orElseGet(
            () -> {
              String home = System.getProperty("redraft.home");
              if (home == null) {
                throw new InvalidInputException(
                    "--launcher", "--launcher is missing; needed where redraft was not its start");
              }
              return Path.of(home, "redraft");
            });
    if (!Files.isExecutable(file) || Files.isDirectory(file)) {
      throw InvalidInputException.of("--launcher", file, "a program that can be run");
    }
    return file.toAbsolutePath().toString();
  }

  private void progress(int round) {
    var err = spec.commandLine().getErr();
    err.println("round " + (round + 1) + " of " + runs);
    err.flush();
  }

  private static Table table(Map<String, Series> results) {
    var table = new Table("what", "median", "min", "max", "runs");
    results.forEach(
        (what, seconds) ->
            table.row(
                what,
                seconds(seconds.median()),
                seconds(seconds.min()),
                seconds(seconds.max()),
                String.valueOf(seconds.values().size())));
    return table;
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
