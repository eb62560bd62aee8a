package io.redraft.server.cli;

import io.redraft.model.train.LayerFusion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft fuse}: merges the layers of a run into one model. */
@Command(
    name = "fuse",
    description = {
      "Merges the committed layers of a run into one model folder, and prints its name.",
      "A run that has not committed all blocks is refused, with the blocks that are missing."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft fuse runs/depth-as-time --to models/depth",
      "  redraft model describe runs/depth-as-time/layers"
    })
final class FuseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN_DIR", description = "The folder of a run with a curriculum.")
  private Path run;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "Where the model goes; there must be nothing.")
  private Path to;

  @Override
  public Integer call() throws IOException {
    LayerFusion.write(run, to);
    spec.commandLine().getOut().println(to);
    return 0;
  }
}
