package io.redraft.model.train.config;

import java.util.List;

/** Settings for tests of other packages. */
public final class Configs {
  private Configs() {}

  /** Settings from YAML and overrides. */
  public static TrainingConfig of(String yaml, List<String> overrides) {
    return TrainingConfigFile.parse("run.yaml", yaml, overrides);
  }
}
