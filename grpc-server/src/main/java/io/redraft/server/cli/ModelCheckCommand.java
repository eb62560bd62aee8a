package io.redraft.server.cli;

import io.redraft.model.checkpoint.ModelCheck;
import io.redraft.model.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redraft model check}: reads a model to its last byte. */
@Command(
    name = "check",
    description = {
      "Reads a whole model: files not cut, shapes as configured, every weight a finite number,"
          + " tokenizer of the right size. Exit code 2 and one line if anything is wrong."
    },
    footerHeading = "%nExample:%n",
    footer = "  redraft model check DIR")
final class ModelCheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The model folder.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    ModelFolder model = ModelFolder.open(folder);
    WorkBar.show("check", progress -> ModelCheck.run(model, progress));
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "ok: %,d weights, %d tokens%n",
            model.config().parameters(),
            model.tokenizer().vocabularySize());
    return 0;
  }
}
