package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.train.config.TrainingConfig;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedStepsTest {
  @TempDir private Path folder;

  @Test
  void onlyARowOfThemEndsTheRun() {
    var skips = new SkippedSteps(3, 7, 1);
    skips.count(true, 11);
    skips.count(false, 12);
    skips.count(true, 13);
    skips.count(true, 14);
    assertThat(skips.all()).isEqualTo(10);
    assertThat(skips.inARow()).isEqualTo(2);
    assertThatThrownBy(() -> skips.count(true, 15))
        .isInstanceOf(TrainingHaltedException.class)
        .hasMessageStartingWith("no finite gradient in 3 steps in a row, up to step 15; try a low")
        .hasMessageNotContaining("\n");
  }

  /** The rate is such that the first step breaks every weight. */
  @Test
  void aRunWhoseWeightsAreBrokenStopsWithItsLastCheckpointWhole() throws Exception {
    var file =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            run: {seed: 3, device: cpu, compute: float32}
            model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16}
            tokenizer: {kind: bytes}
            data: {format: synthetic, validation: 0}
            optimizer: {learning_rate: 1e36, warmup_steps: 0}
            training: {steps: 1000, batch: 4, log_every: 1, checkpoint_every: 3, max_skipped: 8}
            """);
    var run = folder.resolve("run");
    var config = TrainingConfig.load(file, List.of("run.folder=" + run));
    try (var session = Trainer.open(config, false)) {
      assertThatThrownBy(
              () -> TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream())))
          .isInstanceOf(TrainingHaltedException.class)
          .hasMessageContaining("8 steps in a row, up to step 9;");
    }
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
        .last()
        .asString()
        .contains("\"step\":8", "\"loss\":null", "\"skipped\":7");
    assertThat(CheckpointFolder.steps(run.resolve("checkpoints"))).containsExactly(3L, 6L);
    // It goes on from step 6 with 5 of its row, and ends where it ended before.
    try (var session = Trainer.open(config, true)) {
      assertThat(session.stepsTaken()).isEqualTo(6);
      assertThatThrownBy(
              () -> TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream())))
          .hasMessageContaining("8 steps in a row, up to step 9;");
    }
  }
}
