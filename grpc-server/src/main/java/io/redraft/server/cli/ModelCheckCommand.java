package io.redraft.server.cli;

import io.redraft.model.checkpoint.ModelCheck;
import io.redraft.model.checkpoint.ModelFolder;
import java.nio.file.Path;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
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
final class ModelCheckCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The model folder.")
  private Path folder;

  @Override
  public void run() {
    ModelFolder model = ModelFolder.open(folder);
    long weights;
    if (System.console() == null) {
      weights = ModelCheck.run(model, read -> {});
    } else {
      try (ProgressBar bar = bar(model.config().parameters())) {
        weights = ModelCheck.run(model, bar::stepTo);
      }
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "ok: %,d weights, %d tokens%n",
            weights,
            model.tokenizer().vocabularySize());
  }

  private static ProgressBar bar(long weights) {
    return new ProgressBarBuilder()
        .setTaskName("weights")
        .setInitialMax(weights)
        .setStyle(ProgressBarStyle.ASCII)
        .clearDisplayOnFinish()
        .build();
  }
}
