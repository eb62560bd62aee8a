package io.redraft.server.cli;

import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The settings that a command about a run is given. */
class SettingsArguments {
  @Parameters(paramLabel = "CONFIG.yaml", description = "Settings of the run.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description = "Set one value, as optimizer.learning_rate=3e-4; may be repeated.")
  private List<String> overrides = List.of();

  Path config() {
    return config;
  }

  List<String> overrides() {
    return overrides;
  }

  TrainingConfig settings() throws IOException {
    return TrainingConfig.load(config, overrides);
  }
}
