package io.redraft.model.train.curriculum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SingleStageRunTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      optimizer: {learning_rate: 0.01, warmup_steps: 0, schedule: linear, final_fraction: 0}
      training: {steps: 8, batch: 4, log_every: 1, evaluate_every: 0, checkpoint_every: 2}
      """;

  @TempDir Path parent;

  private SingleStageRun run(String name, int steps) {
    return new SingleStageRun(
        TrainingConfig.parse(
            "test",
            SETTINGS,
            List.of("run.folder=" + parent.resolve(name), "training.steps=" + steps)));
  }

  private static Stage only(SingleStageRun run) {
    return run.stages().get(0);
  }

  /** Takes all steps and returns the learning rate of each. */
  private static List<Double> train(TrainingSession session, long changeAt, long changed)
      throws IOException {
    List<Double> rates = new ArrayList<>();
    while (true) {
      if (session.stepsTaken() == changeAt) {
        session.changeSteps(changed);
      }
      if (session.done()) {
        session.checkpoint();
        session.finish();
        return rates;
      }
      rates.add(session.step().orElseThrow().learningRate());
      if (session.checkpointDue()) {
        session.checkpoint();
      }
    }
  }

  private byte[] weights(SingleStageRun run) throws IOException {
    return Files.readAllBytes(run.complete().resolve("model.safetensors"));
  }

  @Test
  void theScheduleFollowsAnotherNumberOfStepsFromTheNextStepOn() throws IOException {
    var run = run("a", 8);
    try (var session = run.open(only(run), false)) {
      var rates = train(session, 4, 16);
      assertThat(rates).hasSize(16);
      for (int step = 0; step < 16; step++) {
        // A line from 0.01 at the first step to 0 at the end, whichever end holds then.
        var expected = 0.01 * (1 - step / (step < 4 ? 8.0 : 16.0));
        assertThat(rates.get(step)).isCloseTo(expected, within(1e-12));
      }
    }
  }

  @Test
  void noMoreStepsThanWereTakenEndTheSession() throws IOException {
    var run = run("a", 8);
    try (var session = run.open(only(run), false)) {
      assertThat(train(session, 3, 2)).hasSize(3);
      assertThatThrownBy(() -> session.changeSteps(0))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("steps is 0; allowed: 1 or more");
    }
    assertThat(run.complete().resolve("model.safetensors")).exists();
  }

  @Test
  void aStageWithAnotherNumberOfStepsIsTheRunThatWasPlannedWithThem() throws IOException {
    var planned = run("planned", 5);
    try (var session = planned.open(only(planned), false)) {
      train(session, -1, 0);
    }
    var changed = run("changed", 8);
    try (var session = changed.open(only(changed).withSteps(5), false)) {
      train(session, -1, 0);
    }
    assertThat(weights(changed)).isEqualTo(weights(planned));
  }

  @Test
  void whoeverMakesTheSameChangeBeforeTheSameStepAgainGetsTheSameWeights() throws IOException {
    var whole = run("whole", 8);
    try (var session = whole.open(only(whole), false)) {
      train(session, 5, 10);
    }
    var broken = run("broken", 8);
    try (var session = broken.open(only(broken), false)) {
      for (int step = 0; step < 7; step++) {
        if (step == 5) {
          session.changeSteps(10);
        }
        session.step();
        if (step == 3) {
          session.checkpoint(); // the last before it breaks off
        }
      }
    }
    try (var session = broken.open(only(broken), true)) {
      assertThat(session.stepsTaken()).isEqualTo(4);
      train(session, 5, 10);
    }
    assertThat(weights(broken)).isEqualTo(weights(whole));
  }
}
