package io.redraft.server.cli;

import io.redraft.model.ByteCount;
import io.redraft.model.checkpoint.LayersDescription;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/** What a run's layers are, for a terminal. */
final class LayersTable {
  private LayersTable() {}

  static void print(LayersDescription layers, PrintWriter out) {
    line(out, "layers", layers.path());
    layers
        .network()
        .ifPresent(
            network ->
                line(
                    out,
                    "network",
                    "%d layers, width %d, feed-forward %d"
                        .formatted(network.layers(), network.width(), network.feedForwardWidth())));
    line(out, "stages", layers.stages());
    if (!layers.missing().isEmpty()) {
      line(out, "missing", String.join(", ", layers.missing()));
    }
    for (var piece : layers.pieces()) {
      out.println();
      out.printf(
          Locale.ROOT,
          "%s: stage %d after %,d steps, %s, %s%n",
          piece.name(),
          piece.stage(),
          piece.step(),
          ByteCount.format(piece.bytes()),
          piece.file().getFileName());
      var width = piece.tensors().stream().mapToInt(t -> t.name().length()).max().orElse(1);
      for (var tensor : piece.tensors()) {
        out.printf(
            Locale.ROOT,
            "  %-" + width + "s  %-4s  %-14s  %s%n",
            tensor.name(),
            tensor.type(),
            Arrays.toString(tensor.shape()),
            ByteCount.format(tensor.byteSize()));
      }
    }
  }

  private static void line(PrintWriter out, String name, Object value) {
    out.printf(Locale.ROOT, "%-11s %s%n", name, value);
  }
}
