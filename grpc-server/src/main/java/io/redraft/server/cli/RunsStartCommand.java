package io.redraft.server.cli;

import io.redraft.server.training.TrainingClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code redraft runs start}: has another process train. */
@Command(
    name = "start",
    description = {
      "Has the process at --server train what CONFIG.yaml says, and prints the run once its first"
          + " stage is open. The run goes on when this command ends.",
      "The file is read here; relative paths in it (run.folder, data.folder, data.files,"
          + " tokenizer.file, model.initial) are the server's: they begin where that was started."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  redraft runs start run.yaml --set run.folder=/data/runs/a",
      "  redraft runs start run.yaml --resume --watch --server 127.0.0.1:50052",
      "With --watch, Ctrl-C ends the watching and leaves the run alone; redraft runs stop ends it."
    })
final class RunsStartCommand implements Callable<Integer> {
  @ParentCommand private RunsCommand runs;

  @Mixin private RunArguments arguments;

  @Option(names = "--watch", description = "Show what the run does until it ends, as runs watch.")
  private boolean watch;

  @Override
  public Integer call() throws Exception {
    var settings = arguments.settings();
    try (var client = runs.client()) {
      var run = client.start(settings, arguments.resume());
      if (!watch) {
        runs.print(RunLine.of(run));
        return 0;
      }
      return runs.watch(client, TrainingClient.everythingOf(run), false);
    }
  }
}
