package io.redraft.server.cli;

import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import io.redraft.proto.v1.StartRunRequest;
import io.redraft.proto.v1.WatchRunRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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

  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as optimizer.learning_rate=3e-4; may be repeated.")
  private List<String> overrides = List.of();

  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  private boolean resume;

  @Option(names = "--watch", description = "Show what the run does until it ends, as runs watch.")
  private boolean watch;

  @Override
  public Integer call() throws Exception {
    var settings = TrainingConfig.load(config, overrides);
    var request =
        StartRunRequest.newBuilder()
            .setConfig(TrainingConfigFile.dump(settings))
            .setResume(resume)
            .build();
    try (var client = runs.client()) {
      var run = client.ask(stub -> stub.startRun(request));
      if (!watch) {
        runs.print(RunLine.of(run));
        return 0;
      }
      var everything = WatchRunRequest.newBuilder().setRun(run.getId()).setAfter(0).build();
      return runs.watch(client, everything, false);
    }
  }
}
