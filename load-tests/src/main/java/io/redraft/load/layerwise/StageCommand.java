package io.redraft.load.layerwise;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Table;
import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.config.TrainingConfig;
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
          + "(REDRAFT_JAVA_OPTS=-Xmx60g). docs/benchmarks.md tells more."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench stage examples/layerwise-append.yaml --stage 2",
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
    TrainingConfig.load(config, overrides); // is refused before anything is written
    try (var scratch = ScratchFolder.in(folder)) {
      List<String> settings = new ArrayList<>(overrides);
      device.ifPresent(name -> settings.add("run.device=" + name));
      settings.add("run.folder=" + scratch.path().resolve("run"));
      settings.add("training.log_every=1");
      var report = new Report("stage", spec.commandLine().getOut());
      var found =
          StageMeasurement.take(TrainingConfig.load(config, settings), stage, steps, this::tell);
      print(report, found);
      report.put("stage", found).write(json.file());
      return found.finite() ? 0 : 1;
    }
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
            "%d steps of %s tokens, %d sequences at a time: %s s a step (median), %s tokens/s."
                .formatted(
                    losses.size(),
                    count(found.tokens()),
                    found.microBatch(),
                    number("%.3f", found.seconds().median()),
                    number("%,.0f", found.tokensPerSecond())))
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
