package io.redraft.server.cli;

import io.redraft.model.checkpoint.Llama2cImport;
import io.redraft.model.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft model import}: turns a checkpoint of another program into a model folder. */
@Command(
    name = "import",
    description = "Turns a checkpoint of another program into a model folder.",
    footerHeading = "%nExample:%n",
    footer = "  redraft model import --from llama2c --tokenizer tok512.bin stories260K.bin DIR")
final class ModelImportCommand implements Callable<Integer> {
  /** Programs whose checkpoints are read; the names are the option's values. */
  enum Source {
    llama2c
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FORMAT",
      description = "Where the checkpoint comes from: ${COMPLETION-CANDIDATES}.")
  private Source source;

  @Option(
      names = "--tokenizer",
      required = true,
      paramLabel = "FILE",
      description = "The checkpoint's tokenizer, in the same program's form.")
  private Path tokenizer;

  @Parameters(index = "0", paramLabel = "SOURCE", description = "The checkpoint.")
  private Path checkpoint;

  @Parameters(index = "1", paramLabel = "DIR", description = "The model folder to make.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    WorkBar.show(
        "import",
        progress -> {
          switch (source) {
            case llama2c -> Llama2cImport.run(checkpoint, tokenizer, folder, progress);
          }
        });
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %,d parameters%n",
            folder,
            ModelFolder.readConfig(folder).parameters());
    return 0;
  }
}
