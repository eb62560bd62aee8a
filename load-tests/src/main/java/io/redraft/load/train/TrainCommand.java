package io.redraft.load.train;

import io.redraft.load.measure.JsonFile;
import io.redraft.load.measure.Report;
import io.redraft.load.measure.Rounds;
import io.redraft.load.measure.Series;
import io.redraft.load.measure.Table;
import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.DeviceChoice;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redraft bench train}: one optimizer step, beside its matrix products alone. */
@Command(
    name = "train",
    description = {
      "Measures an optimizer step of a network with random weights on random tokens.",
      "whole sequence: cross-entropy of every token, no clipping, no moving average. masked rows: a step of masked "
          + "diffusion as a run takes it, with clipping and average; only masked tokens, half of all, reach the head. "
          + "matrix products: those of the whole sequence's step alone. Operations are "
          + "those of the linear layers, the head at every row, and attention. The feed-forward width is 8/3 of the width, down to a "
          + "multiple of 32."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft bench train --device gpu0",
      "  redraft bench train --device gpu0 --batch 8 --length 512 --width 1024 --layers 24 --heads 16 --vocabulary 32000",
      "  redraft bench train --device cpu --batch 8 --width 384 --layers 6 --heads 6 --vocabulary 4096 --steps 3"
    })
public final class TrainCommand implements Callable<Integer> {
  private static final int WARM_UP = 16;
  private static final String WHOLE = "whole sequence";
  private static final String MASKED = "masked rows";
  private static final String PRODUCTS = "matrix products";

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
      defaultValue = "64",
      description = "Sequences in a step (${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--length",
      defaultValue = "256",
      description = "Tokens of each (${DEFAULT-VALUE}).")
  private int length;

  @Option(names = "--width", defaultValue = "512", description = "Model width (${DEFAULT-VALUE}).")
  private int width;

  @Option(names = "--layers", defaultValue = "12", description = "Blocks (${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--heads",
      defaultValue = "8",
      description = "Attention heads (${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--vocabulary",
      defaultValue = "8192",
      description = "Tokens known (${DEFAULT-VALUE}).")
  private int vocabulary;

  @Option(
      names = "--steps",
      defaultValue = "20",
      description = "Steps of a measurement (${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Measurements of each (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--cuda-graphs",
      defaultValue = "true",
      arity = "1",
      description = "Whether a GPU records a step and replays it (${DEFAULT-VALUE}).")
  private boolean graphs;

  @Mixin private JsonFile json;

  /** Made by the command line. */
  public TrainCommand() {}

  @Override
  public Integer call() throws Exception {
    positive("--batch", batch);
    positive("--length", length);
    positive("--steps", steps);
    positive("--rounds", rounds);
    var network = network();
    var where = DeviceChoice.of(device);
    var type = ComputeType.of(compute, where);
    var report = new Report("train", spec.commandLine().getOut());
    var results = measure(network, where, type);
    var table = new Table("variant", "ms a step", "min", "tokens/s", "GFLOP/s", "of the products'");
    var products =
        BareProducts.operations(network, batch * length) / results.get(PRODUCTS).median();
    results.forEach(
        (name, series) -> {
          var operations =
              BareProducts.operations(network, batch * length)
                  + (name.equals(PRODUCTS) ? 0 : attention(network));
          var speed = operations / series.median();
          table.row(
              name,
              number(1e3 * series.median()),
              number(1e3 * series.min()),
              number(batch * length / series.median()),
              number(speed / 1e9),
              number(speed / products));
        });
    report
        .put("shape", network)
        .put("device", where.toString())
        .put("compute", type.name().toLowerCase(Locale.ROOT))
        .put("batch", batch)
        .put("length", length)
        .put("seconds", results)
        .table(caption(network, where, type), table)
        .write(json.file());
    return 0;
  }

  /** Floating-point operations of a step's attention: two products forward, four backward. */
  private double attention(NetworkConfig c) {
    return 12.0 * c.layers() * length * c.heads() * c.headWidth() * batch * length;
  }

  private Map<String, Series> measure(NetworkConfig network, Device where, ComputeType type)
      throws Exception {
    var bfloat16 = type == ComputeType.BFLOAT16;
    var all = TrainedNetwork.everyToken(network, batch, length);
    var masked = TrainedNetwork.maskedTokens(network, batch, length);
    try (var trained = new TrainedNetwork(where, network, bfloat16, graphs);
        var bare = new BareProducts(where, network, batch * length, type)) {
      trained.seconds(all, Math.min(WARM_UP, steps), false);
      trained.seconds(masked, Math.min(WARM_UP, steps), true);
      bare.seconds();
      return new Rounds<String>()
          .with(WHOLE, round -> trained.seconds(all, steps, false))
          .with(MASKED, round -> trained.seconds(masked, steps, true))
          .with(PRODUCTS, round -> bare.seconds())
          .run(rounds, Duration.ZERO, round -> {});
    }
  }

  private NetworkConfig network() {
    positive("--width", width);
    positive("--heads", heads);
    positive("--layers", layers);
    if (width % heads != 0 || width / heads % 2 != 0) {
      throw InvalidInputException.of(
          "--heads", heads, "a divisor of --width (" + width + ") that leaves even heads");
    }
    if (vocabulary < 2) {
      throw InvalidInputException.of("--vocabulary", vocabulary, "2 or more");
    }
    return new NetworkConfig(
        vocabulary,
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
        vocabulary - 1,
        -1,
        -1);
  }

  private String caption(NetworkConfig network, Device where, ComputeType type) {
    return String.format(
        Locale.ROOT,
        "%,d parameters (%d x %d, %d heads, vocabulary %d), %d x %d tokens, %s, %s, CUDA graphs %s",
        network.parameters(),
        layers,
        width,
        heads,
        vocabulary,
        batch,
        length,
        where,
        type.name().toLowerCase(Locale.ROOT),
        where.isGpu() && graphs ? "on" : "off");
  }

  private static void positive(String field, int value) {
    if (value < 1) {
      throw InvalidInputException.of(field, value, "1 or more");
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
  }
}
