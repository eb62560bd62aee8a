package io.redraft.load.layerwise;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft bench stage}: one stage of a run of any size, and its memory beside its plan. */
@Command(
    name = "stage",
    description = {
      "Really runs some steps of one stage of a layer-wise run, and compares the memory that it takes with the plan's.",
      "Weights are as the run's seed draws them, those of the stages before included; where the stage reads a cache, "
          + "the frozen blocks before it really compute what is stored there. Nothing is kept. Exits with 1 where a "
          + "loss is not finite. A network of 70 B parameters wants a heap of 60 GB "
          + "(REDRAFT_JAVA_OPTS=-Xmx60g). docs/benchmarks.md tells more.",
      "With --compare-graphs the same steps are taken three times, once with launches recorded and replayed and twice "
          + "launched one by one. Exits with 1 where the recorded weights differ from plain ones more than plain ones do "
          + "from each other (4 times)."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench stage examples/layerwise-append.yaml --stage 2",
      "  redraft bench stage examples/shakespeare-layerwise/hybrid.yaml --stage 6 --steps 50 --device gpu0 --compare-graphs",
      "  redraft bench stage examples/layerwise-70b.yaml --stage 2 --steps 20 --device gpu0 --json stage.json"
    })
public final class StageCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--stage",
      paramLabel = "N",
      required = true,
      description = "The stage, counted from 1, as redraft plan lists them.")
  private int stage;

  @Option(
      names = "--steps",
      paramLabel = "S",
      defaultValue = "20",
      description = "Steps to take (${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "auto, cpu, gpu0, …; else as the file says.")
  private Optional<String> device;

  @Option(
      names = "--cuda-graphs",
      paramLabel = "true|false",
      arity = "1",
      description = "Whether a GPU records a step and replays it; else as the file says.")
  private Optional<Boolean> graphs;

  @Option(
      names = "--compare-graphs",
      description = "Take the steps with and without recording, and compare times and weights.")
  private boolean compare;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as training.batch=2; may be repeated.")
  private List<String> overrides = List.of();

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "Where the cache is written, and removed. Default: the system's for temporary files.")
  private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public StageCommand() {}

  @Override
  public Integer call() throws Exception {
    if (stage < 1) {
      throw InvalidInputException.of("--stage", stage, "1 or more");
    }
    if (steps < 1) {
      throw InvalidInputException.of("--steps", steps, "1 or more");
    }
    if (compare && graphs.isPresent()) {
      throw InvalidInputException.of(
          "--cuda-graphs", graphs.get(), "left out with --compare-graphs, which does both");
    }
    TrainingConfig.load(config, overrides); // is refused before anything is written
    try (var scratch = ScratchFolder.in(folder)) {
      return compare ? compared(scratch.path()) : measured(scratch.path());
    }
  }

  private int measured(Path scratch) throws IOException {
    var report = new Report("stage", spec.commandLine().getOut());
    var found =
        StageMeasurement.take(settings(scratch.resolve("run"), graphs), stage, steps, this::tell);
    print(report, found);
    report.put("stage", found).write(json.file());
    return found.finite() ? 0 : 1;
  }

  private int compared(Path scratch) throws IOException {
    var report = new Report("stage", spec.commandLine().getOut());
    var found =
        GraphComparison.take(
            (name, recorded) -> settings(scratch.resolve(name), Optional.of(recorded)),
            stage,
            steps,
            this::tell);
    print(report, found.recorded());
    found.print(report);
    report.put("stage", found.recorded()).put("graphs", found).write(json.file());
    return found.recorded().finite() && found.same() ? 0 : 1;
  }

  private TrainingConfig settings(Path run, Optional<Boolean> recorded) {
    List<String> settings = new ArrayList<>(overrides);
    device.ifPresent(name -> settings.add("run.device=" + name));
    recorded.ifPresent(value -> settings.add("run.cuda_graphs=" + value));
    settings.add("run.folder=" + run);
    settings.add("training.log_every=1");
    return TrainingConfig.load(config, settings);
  }

  private void tell(String progress) {
    spec.commandLine().getErr().println(progress);
    spec.commandLine().getErr().flush();
  }

  private static void print(Report report, StageMeasurement found) {
    var planned = found.planned();
    report
        .table(
            "Bytes of stage %d, %s, on %s: %s weights are there, %s of them learn; the network has %s"
                .formatted(
                    found.stage().number(),
                    found.stage().name(),
                    found.device(),
                    count(planned.parameters()),
                    count(planned.trainedParameters()),
                    count(found.parameters())),
            new Table("item", "planned", "measured", "measured/planned")
                .row("weights that learn", bytes(planned.trainedWeights()), "", "")
                .row("frozen weights", bytes(planned.frozenWeights()), "", "")
                .row("gradient", bytes(planned.gradient()), "", "")
                .row("moments", bytes(planned.moments()), "", "")
                .row("average", bytes(planned.average()), "", "")
                .row("activations", bytes(planned.activations()), "", "")
                .row("logits", bytes(planned.head()), "", "")
                .row(
                    "total",
                    bytes(found.plannedTotal()),
                    bytes(found.measured()),
                    number("%.3f", found.ratio())))
        .line("");
    if (!found.ofDevice()) {
      report.line("Measured is the process's peak, Java heap included.");
    }
    var filling = found.filling();
    if (filling != null) {
      report.line(
          "Cache: %s on disk, filled in %s s, in which the frozen blocks took %s of the device."
              .formatted(
                  bytes(filling.cache()),
                  number("%.1f", filling.seconds()),
                  bytes(filling.measured())));
    }
    var losses = found.losses();
    report
        .line("Weights drawn and brought in %s s.".formatted(number("%.1f", found.bringSeconds())))
        .line(
            "%d steps of %s tokens, %d sequences at a time: %s s a step (median), %s tokens/s; %d micro-batches replayed."
                .formatted(
                    losses.size(),
                    count(found.tokens()),
                    found.microBatch(),
                    number("%.3f", found.seconds().median()),
                    number("%,.0f", found.tokensPerSecond()),
                    found.replays()))
        .line(
            "Loss of the first step %s, of the last %s."
                .formatted(
                    number("%.4f", losses.get(0)), number("%.4f", losses.get(losses.size() - 1))));
  }

  private static String count(long value) {
    return number("%,d", value);
  }

  private static String bytes(long count) {
    return ByteCount.format(count);
  }

  private static String number(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }
}
