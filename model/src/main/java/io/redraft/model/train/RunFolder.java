package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.config.TrainingConfigFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A run's folder: {@code config.yaml} (every setting), {@code tokenizer.json}, {@code
 * metrics.jsonl}, {@code tensorboard/}, {@code checkpoints/step-N}, {@code layers/} and, when it is
 * done, {@code model/} and {@code report.html}.
 *
 * @param path the folder
 */
public record RunFolder(Path path) {
  /** Where the settings are recorded. */
  public Path config() {
    return path.resolve("config.yaml");
  }

  /** Where the tokenizer is kept. */
  public Path tokenizer() {
    return path.resolve("tokenizer.json");
  }

  /** Where metrics go. */
  public Path metrics() {
    return path.resolve("metrics.jsonl");
  }

  /** Where event files for TensorBoard go. */
  public Path tensorboard() {
    return path.resolve("tensorboard");
  }

  /** The page that shows the run. */
  public Path report() {
    return path.resolve("report.html");
  }

  /** Where checkpoints go. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Where the committed layers of a layer-wise run go. */
  public Path layers() {
    return path.resolve(LayerStore.FOLDER);
  }

  /** Where the finished model goes. */
  public Path model() {
    return path.resolve("model");
  }

  /** Refuses to begin a run where there is one, or where there is a file. */
  public void refuseUnless(boolean resume) {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw InvalidInputException.of("run.folder", path, "a folder; this is a file");
    }
    var steps = CheckpointFolder.steps(checkpoints());
    if (!resume && !steps.isEmpty()) {
      throw InvalidInputException.of(
          "run.folder",
          path,
          "a new folder, or --resume: it holds a run at step " + steps.get(steps.size() - 1));
    }
  }

  /** Records the settings and the tokenizer. */
  public void record(TrainingConfig config, String tokenizerJson) throws IOException {
    AtomicFiles.write(tokenizer(), tokenizerJson.getBytes(StandardCharsets.UTF_8));
    AtomicFiles.write(config(), TrainingConfigFile.dump(config).getBytes(StandardCharsets.UTF_8));
  }
}
