package io.redraft.server.cli;

import io.redraft.model.Choice;
import io.redraft.model.checkpoint.LayersDescription;
import io.redraft.model.checkpoint.ModelDescription;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.safetensors.TensorView;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft model describe}: what a model folder holds. */
@Command(
    name = "describe",
    description = {
      "Shows a model's network, tokenizer, tensors and size,",
      "or the layers that a run has committed, with stage and step of each."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft model describe DIR",
      "  redraft model describe --json DIR",
      "  redraft model describe runs/depth-as-time/layers",
    })
final class ModelDescribeCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      description = "The model folder, a run's layers, or one of their files.")
  private Path folder;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    if (LayersDescription.describes(folder)) {
      LayersDescription layers = LayersDescription.of(folder);
      if (json) {
        out.println(layers.toJson());
      } else {
        LayersTable.print(layers, out);
      }
      return;
    }
    ModelDescription model = ModelDescription.of(ModelFolder.open(folder));
    if (json) {
      out.println(model.toJson());
    } else {
      print(model, out);
    }
  }

  private static String attention(NetworkConfig network) {
    String mode = network.attention().name().toLowerCase(Locale.ROOT);
    return network.attentionBlocks().isEmpty()
        ? mode
        : "%s; block-causal in blocks of %s"
            .formatted(
                mode,
                network.attentionBlocks().stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(", ")));
  }

  private static String depth(NetworkConfig network) {
    int each = network.layers() / network.depthRatios().size();
    return "mask ratios %s, %d %s each; %s"
        .formatted(
            network.depthRatios().stream().map(String::valueOf).collect(Collectors.joining(" ")),
            each,
            each == 1 ? "block" : "blocks",
            Choice.key(network.depth().execution()));
  }

  private static String conditioning(TimeConditioning time) {
    return switch (time.kind()) {
      case NONE -> "nothing";
      case SINUSOIDAL -> "sinusoidal features";
      case TABLE -> "a table of " + time.buckets() + " rows";
      case ADALN -> "adaptive norms";
    };
  }

  private static void print(ModelDescription model, PrintWriter out) {
    NetworkConfig network = model.config();
    line(out, "model", model.path());
    line(out, "attention", attention(network));
    line(out, "parameters", grouped(network.parameters()));
    if (!network.time().none()) {
      line(out, "told", "its share of masks, by " + conditioning(network.time()));
    }
    if (!network.depth().none()) {
      line(out, "depth", depth(network));
    }
    line(
        out,
        "network",
        "%d layers, width %d, feed-forward %d"
            .formatted(network.layers(), network.width(), network.feedForwardWidth()));
    line(
        out,
        "heads",
        "%d of width %d over %d key/value heads"
            .formatted(network.heads(), network.headWidth(), network.keyValueHeads()));
    line(out, "context", network.contextLength() + " tokens");
    line(
        out,
        "vocabulary",
        network.vocabularySize()
            + " tokens, "
            + (network.tiedHead() ? "tied" : "untied")
            + " head");
    line(out, "tokenizer", model.tokenizer().algorithm() + " " + model.tokenizer().specials());
    line(out, "decoding", model.decodingText());
    line(out, "size", bytes(model.bytes()));
    out.println();
    int width = model.tensors().stream().mapToInt(t -> t.name().length()).max().orElse(0);
    for (TensorView tensor : model.tensors()) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s  %-4s  %-14s  %s%n",
          tensor.name(),
          tensor.type(),
          Arrays.toString(tensor.shape()),
          bytes(tensor.byteSize()));
    }
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf(Locale.ROOT, "%-11s %s%n", name, value);
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String bytes(long count) {
    return count < 1 << 20
        ? grouped(count) + " bytes"
        : String.format(Locale.ROOT, "%.1f MiB", count / 1048576.0);
  }
}
