package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.train.config.TrainingConfig;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short runs with every way to mask, from settings to a bound on held-out text. */
class TrainedObjectivesTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 32, layers: 1, heads: 2, feed_forward_width: 64, context: 32}
      tokenizer: {kind: train, entries: 300}
      data: {format: synthetic, validation: 0.02}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5, ema_decay: 0.9}
      training:
        {steps: 50, batch: 16, accumulate: 2, evaluate_masks: 8, log_every: 50, evaluate_every: 50,
         checkpoint_every: 50}
      """;

  private static final PrintStream SILENCE = new PrintStream(OutputStream.nullOutputStream());

  @TempDir private Path folder;

  private TrainingConfig config(String name, List<String> overrides) throws Exception {
    var file = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var all = new ArrayList<>(overrides);
    all.add("run.folder=" + folder.resolve(name));
    return TrainingConfig.load(file, all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "objective.kind=nelbo-discrete;objective.timesteps=20",
        "objective.kind=uniform",
        "objective.kind=mlm",
        "objective.kind=masked-mean;objective.schedule=cosine",
        "objective.condition=0.8;objective.condition_dropout=0.2",
        "objective.curriculum=[{until_pass: 1, mask_max: 0.5}]",
      })
  void aDenoiserLearnsTheTextWhateverItIsAsked(String settings) throws Exception {
    var config = config("run", List.of(settings.split(";")));
    var frequencies = entropy(new TrainingDataLoader(config).load().training());
    assertThat(frequencies).as("nats a token").isLessThan(0.7 * Math.log(300));
    try (var session = Trainer.open(config, false)) {
      TrainOnce.train(session, SILENCE);
      // A model that knows how often every token occurs and nothing else would be there; the tenth
      // of a nat is for what fifty steps leave.
      assertThat(session.evaluate().natsPerToken()).isLessThan(frequencies + 0.1);
    }
  }

  private static double entropy(PackedText text) {
    var counts = new int[300];
    for (var token : text.slice(0, text.length())) {
      counts[token]++;
    }
    return Arrays.stream(counts)
        .filter(count -> count > 0)
        .mapToDouble(count -> -count * Math.log((double) count / text.length()) / text.length())
        .sum();
  }

  @Test
  void aRunWithCurriculumAndConditionsResumesBitForBit() throws Exception {
    var overrides =
        List.of(
            "training.steps=12",
            "objective.kind=nelbo-discrete",
            "objective.curriculum=[{until_pass: 0.1, mask_max: 0.4}]",
            "objective.condition=0.5",
            "objective.condition_dropout=0.3");
    try (var session = Trainer.open(config("whole", overrides), false)) {
      TrainOnce.train(session, SILENCE);
    }
    try (var session = Trainer.open(config("halved", overrides), false)) {
      while (session.stepsTaken() < 5) {
        session.step();
      }
      session.checkpoint();
    }
    try (var session = Trainer.open(config("halved", overrides), true)) {
      assertThat(session.stepsTaken()).isEqualTo(5);
      TrainOnce.train(session, SILENCE);
    }
    assertThat(folder.resolve("halved/model/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model/model.safetensors"));
  }
}
