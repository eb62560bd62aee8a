package io.redraft.load.layerwise;

import io.redraft.model.train.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a process is asked to train.
 *
 * @param config file of the settings
 * @param overrides settings that differ, each {@code section.key=value}
 * @param folder where the run goes; there must be nothing
 */
record RunRequest(String config, List<String> overrides, String folder) {
  /** The settings, in the run's own folder and without evaluations on the way. */
  TrainingConfig settings() {
    List<String> all = new ArrayList<>(overrides);
    all.add("run.folder=" + folder);
    all.add("training.evaluate_every=0");
    return TrainingConfig.load(Path.of(config), all);
  }
}
