package io.redraft.load.cache;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Table;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.transformer.PreparedNetwork;
import io.redraft.model.nn.transformer.TransformerDenoiser;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.DeviceChoice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench cache}: reading streams of frozen blocks, beside computing them. */
@Command(
    name = "cache",
    description = {
      "Measures batches of streams out of an activation cache, beside a forward pass of the frozen blocks that would give "
          + "them. The files were just written, so that they are read out of memory where they fit; weights are random."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench cache --layers 6 --width 384",
      "  redraft bench cache --device gpu0"
    })
public final class CacheCommand implements Callable<Integer> {
  private static final String VERIFIED = "read, checksums verified";
  private static final String PLAIN = "read, not verified";
  private static final String COMPUTED = "frozen blocks computed";

  @Spec private CommandSpec spec;

  @Option(
      names = "--device",
      defaultValue = "auto",
      description = "auto, cpu, gpu0, … (${DEFAULT-VALUE}).")
  private String device;

  @Option(
      names = "--compute",
      defaultValue = "auto",
      description = "auto, float32, bfloat16 (${DEFAULT-VALUE}).")
  private String compute;

  @Option(
      names = "--batch",
      defaultValue = "8",
      description = "Samples in a batch (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--length",
      defaultValue = "256",
      description = "Tokens of each (${DEFAULT-VALUE}).")
  private int length;

  @Option(names = "--width", defaultValue = "384", description = "Model width (${DEFAULT-VALUE}).")
  private int width;

  @Option(names = "--layers", defaultValue = "5", description = "Frozen blocks (${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--heads",
      defaultValue = "6",
      description = "Attention heads (${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--samples",
      defaultValue = "1024",
      description = "Samples in the cache (${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--folder",
      description =
          "Where the cache is written, and removed. Default: the system's for temporary files.")
  private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Measurements of each (${DEFAULT-VALUE}).")
  private int rounds;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public CacheCommand() {}

  @Override
  public Integer call() throws Exception {
    int[] sizes = {batch, length, width, layers, heads, samples, rounds};
    String[] names = {"batch", "length", "width", "layers", "heads", "samples", "rounds"};
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < 1) {
        throw InvalidInputException.of("--" + names[i], sizes[i], "1 or more");
      }
    }
    if (width % heads != 0 || width / heads % 2 != 0) {
      throw InvalidInputException.of("--heads", heads, "a divisor of --width, heads even");
    }
    Device where = DeviceChoice.of(device);
    var type = ComputeType.of(compute, where);
    var report = new Report("cache", spec.commandLine().getOut());
    double bytes = 2.0 * batch * length * width;
    var table = new Table("a batch is", "ms", "MB/s", "samples/s");
    try (var kernels = Kernels.open(where);
        var frozen =
            new TransformerDenoiser(PreparedNetwork.random(kernels, network(), type, 0.02));
        var cache = new FilledCache(folder, length, width, samples, batch)) {
      var tasks = tasks();
      frozen.denoise(tasks);
      int reads = Math.max(1, samples / batch);
      var results =
          new Rounds<String>()
              .with(VERIFIED, round -> cache.seconds(reads, batch, true))
              .with(PLAIN, round -> cache.seconds(reads, batch, false))
              .with(COMPUTED, round -> seconds(frozen, tasks))
              .run(rounds, Duration.ZERO, round -> {});
      results.forEach(
          (name, series) ->
              table.row(
                  name,
                  number(1e3 * series.median()),
                  number(bytes / 1e6 / series.median()),
                  number(batch / series.median())));
      double written = samples / (double) batch * bytes / cache.writeSeconds();
      report
          .put("seconds", results)
          .put("written bytes a second", written)
          .table(caption(where, type), table)
          .line("Written, an entry at a time: " + number(written / 1e6) + " MB/s.")
          .write(json.file());
    }
    return 0;
  }

  private double seconds(TransformerDenoiser frozen, List<DenoiseTask> tasks) {
    long began = System.nanoTime();
    frozen.denoise(tasks);
    return (System.nanoTime() - began) / 1e9;
  }

  /** One row of each canvas is asked about: what is beside the blocks hardly counts. */
  private List<DenoiseTask> tasks() {
    var random = new Random(1);
    var tasks = new ArrayList<DenoiseTask>();
    for (int b = 0; b < batch; b++) {
      int[] canvas = random.ints(length, 0, 255).toArray();
      tasks.add(new DenoiseTask(canvas, new int[] {0}, Sampling.GREEDY, b, 0));
    }
    return tasks;
  }

  private NetworkConfig network() {
    return new NetworkConfig(
        256,
        width,
        layers,
        heads,
        heads,
        width / heads,
        Math.max(32, width * 8 / 3 / 32 * 32),
        length,
        1e-5,
        10000,
        true,
        AttentionMode.BIDIRECTIONAL,
        255,
        -1,
        -1);
  }

  private String caption(Device where, ComputeType type) {
    return String.format(
        Locale.ROOT,
        "%d x %d tokens of width %d after %d blocks, %s, %s; %d samples in the cache",
        batch,
        length,
        width,
        layers,
        where,
        type.name().toLowerCase(Locale.ROOT),
        samples);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
  }
}
