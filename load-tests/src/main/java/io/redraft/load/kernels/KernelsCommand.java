package io.redraft.load.kernels;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.model.InvalidInputException;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench kernels}: one forward pass, composed of array calls and as a kernel. */
@Command(
    name = "kernels",
    description = {
      "Measures a denoising pass of a network with random weights on the CPU: composed of array calls in float32, "
          + "as one kernel in float32 and in bfloat16, and with tokens drawn instead of the most probable ones. "
          + "The variants take turns; a few unmeasured passes come first.",
      "With --canvases: passes of a network of any size on any device, and the memory that they take."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench kernels",
      "  redraft bench kernels --shape 32x4096x32x12288x126464 --canvases 1x512,4x512,16x512 --device gpu0",
      "  redraft bench kernels --shape '11M 1x256' --rounds 50 --json kernels.json"
    })
public final class KernelsCommand implements Callable<Integer> {
  private static final int WARM_UP = 5;
  private static final String COMPOSED = "array calls, float32";
  private static final String FLOAT32 = "kernel, float32";
  private static final String BFLOAT16 = "kernel, bfloat16";
  private static final String DRAWN = "kernel, bfloat16, drawn";

  @Spec private CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Measured passes of each variant, at least 1. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      description =
          "Network and canvases; may be repeated. Default: all. With --canvases, the sizes of a network.")
  private List<String> shapes = List.of();

  @ArgGroup(exclusive = false, heading = "%nA network of any size:%n")
  private PassOptions passes;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public KernelsCommand() {}

  @Override
  public Integer call() throws Exception {
    if (rounds < 1) {
      throw InvalidInputException.of("--rounds", rounds, "1 or more");
    }
    if (passes != null) {
      if (shapes.size() != 1) {
        throw InvalidInputException.of(
            "--shape", shapes.isEmpty() ? "missing" : shapes, RandomShape.NETWORK);
      }
      var report = new Report("passes", spec.commandLine().getOut());
      new PassReport(passes, report, spec.commandLine().getErr()).measure(shapes.get(0), rounds);
      report.write(json.file());
      return 0;
    }
    List<MeasuredShape> chosen = shapes.isEmpty() ? MeasuredShape.ALL : MeasuredShape.named(shapes);
    var report = new Report("kernels", spec.commandLine().getOut());
    var seconds = new LinkedHashMap<String, Map<String, Series>>();
    try (Kernels kernels = Kernels.open(Device.CPU)) {
      for (MeasuredShape shape : chosen) {
        Map<String, Series> results = measure(kernels, shape);
        seconds.put(shape.name(), results);
        report.table(shape.name() + ", milliseconds of a pass", table(shape, results));
      }
    }
    report.put("seconds", seconds);
    report.write(json.file());
    return 0;
  }

  private Map<String, Series> measure(Kernels kernels, MeasuredShape shape) throws Exception {
    try (var contestants = new Contestants(kernels, shape)) {
      var variants =
          new Rounds<String>()
              .with(COMPOSED, round -> contestants.composed())
              .with(FLOAT32, round -> contestants.float32())
              .with(BFLOAT16, round -> contestants.bfloat16())
              .with(DRAWN, round -> contestants.drawn());
      variants.run(WARM_UP, Duration.ZERO, round -> {});
      return variants.run(rounds, Duration.ZERO, round -> progress(shape, round));
    }
  }

  private void progress(MeasuredShape shape, int round) {
    var err = spec.commandLine().getErr();
    err.print("\r" + shape.name() + ": round " + (round + 1) + " of " + rounds + " ");
    err.flush();
  }

  private static Table table(MeasuredShape shape, Map<String, Series> results) {
    var table = new Table("variant", "median", "min", "GFLOP/s", "speed-up");
    double base = results.get(COMPOSED).median();
    results.forEach(
        (name, series) ->
            table.row(
                name,
                number(1e3 * series.median()),
                number(1e3 * series.min()),
                number(shape.gigaflops() / series.median()),
                number(base / series.median())));
    return table;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }
}
