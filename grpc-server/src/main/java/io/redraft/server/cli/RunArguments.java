package io.redraft.server.cli;

import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every command that begins a run, or goes on with one, is told of it. */
final class RunArguments {
  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as optimizer.learning_rate=3e-4; may be repeated.")
  private List<String> overrides = List.of();

  @Option(names = "--resume", description = "Go on from the newest checkpoint, if there is one.")
  private boolean resume;

  Path config() {
    return config;
  }

  List<String> overrides() {
    return overrides;
  }

  boolean resume() {
    return resume;
  }

  TrainingConfig settings() throws IOException {
    return TrainingConfig.load(config, overrides);
  }
}
