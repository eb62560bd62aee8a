package io.redraft.load.layerwise;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.redraft.load.measure.Series;
import io.redraft.model.InvalidInputException;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.layerwise.LayerwiseRun;
import io.redraft.model.train.layerwise.StageTrial;
import io.redraft.model.train.stage.StageMemory;
import io.redraft.model.train.stage.TokenPasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A stage that was tried out.
 *
 * @param stage the stage, with the steps that were taken
 * @param parameters weights of the whole network
 * @param device where it was tried
 * @param planned bytes on the device, item by item
 * @param plannedTotal all of them
 * @param filling what filling the cache took, the trunk included; nothing where none is read
 * @param bringSeconds drawing the stage's weights, and bringing them to the device
 * @param measured bytes after the last step, as {@link MemoryGauge} tells them
 * @param microBatch sequences that were computed at a time
 * @param tokens tokens of a step
 * @param replays micro-batches whose launches were recorded before, and replayed
 * @param seconds of every step
 * @param losses of every step; NaN where its gradient was not finite
 */
record StageMeasurement(
    Stage stage,
    long parameters,
    String device,
    StageMemory planned,
    long plannedTotal,
    Filling filling,
    double bringSeconds,
    long measured,
    int microBatch,
    long tokens,
    long replays,
    Series seconds,
    List<Double> losses) {
  /**
   * What filling the cache took.
   *
   * @param seconds drawing the trunk's weights included
   * @param cache bytes on disk
   * @param measured bytes of the device's memory, which the trunk gives back before the stage
   *     begins
   */
  record Filling(double seconds, long cache, long measured) {}

  /** Measured over planned bytes. */
  @JsonProperty
  double ratio() {
    return (double) measured / plannedTotal;
  }

  /** Tokens a second of the step of median time. */
  @JsonProperty
  double tokensPerSecond() {
    return tokens / seconds.median();
  }

  /** Whether every loss is a number. */
  @JsonProperty
  boolean finite() {
    return losses.stream().allMatch(Double::isFinite);
  }

  /**
   * Tries out a stage.
   *
   * @param config the run's settings; its folder has to be new, and every step has to log
   * @param number the stage, counted from 1
   * @param steps steps to take
   * @param progress told what comes next
   * @throws InvalidInputException if the run has no such stage, or its settings are refused
   */
  static StageMeasurement take(
      TrainingConfig config, int number, long steps, Consumer<String> progress) throws IOException {
    return take(config, number, steps, progress, new Watcher() {});
  }

  /** Looks at a trial on its way. */
  interface Watcher {
    /** Before its first step. */
    default void begun(StageTrial trial) {}

    /** After its last step. */
    default void ended(StageTrial trial) {}
  }

  /** The same, watched; what that takes is not measured. */
  static StageMeasurement take(
      TrainingConfig config, int number, long steps, Consumer<String> progress, Watcher watcher)
      throws IOException {
    var device = DeviceChoice.of(config.run().device());
    try (var gauge = MemoryGauge.open(device)) {
      var planner = new RunPlanner(config, device);
      var run = LayerwiseRun.open(config, planner, false);
      var estimates = planner.plan().stages();
      if (number > estimates.size()) {
        throw InvalidInputException.of(
            "--stage", number, "1 to %d, the stages of the run".formatted(estimates.size()));
      }
      var estimate = estimates.get(number - 1);
      var stage = estimate.stage().withSteps(steps);
      gauge.reset();
      try (var trial = StageTrial.open(run, stage)) {
        progress.accept("stage %d, %s".formatted(number, stage.name()));
        var filling = stage.mechanics().cached() ? fill(trial, run.folder(), gauge) : null;
        gauge.reset();
        var began = System.nanoTime();
        trial.begin();
        var bring = since(began);
        watcher.begun(trial);
        progress.accept("%d steps".formatted(steps));
        var seconds = new Series();
        var losses = step(trial, steps, seconds);
        var measurement =
            new StageMeasurement(
                stage,
                planner.plan().network().parameters(),
                device.toString(),
                estimate.memory(),
                estimate.memory().total(),
                filling,
                bring,
                gauge.taken(),
                trial.microBatch(),
                TokenPasses.tokens(config, 1),
                trial.replays(),
                seconds,
                losses);
        watcher.ended(trial);
        return measurement;
      }
    }
  }

  private static Filling fill(StageTrial trial, Path run, MemoryGauge gauge) throws IOException {
    var began = System.nanoTime();
    trial.fill();
    return new Filling(since(began), bytes(run.resolve("cache")), gauge.taken());
  }

  private static long bytes(Path folder) throws IOException {
    var sum = 0L;
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        sum += Files.size(file);
      }
    }
    return sum;
  }

  private static List<Double> step(StageTrial trial, long steps, Series seconds)
      throws IOException {
    List<Double> losses = new ArrayList<>();
    for (var i = 0L; i < steps; i++) {
      var began = System.nanoTime();
      var line = trial.step().orElseThrow(); // reading the loss waits for the device
      seconds.add(since(began));
      losses.add(line.loss());
    }
    return losses;
  }

  private static double since(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  /** Whether the device counts its own memory. */
  @JsonProperty
  boolean ofDevice() {
    return !device.equals(Device.CPU.toString());
  }
}
