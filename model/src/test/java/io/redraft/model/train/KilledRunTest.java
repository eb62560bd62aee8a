package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.tensorboard.EventReader;
import io.redraft.model.train.config.TrainingConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose process is really killed, again and again, against one that never stopped. */
class KilledRunTest {
  private static final String SETTINGS =
      """
      run: {seed: 11, device: cpu}
      model: {width: 16, layers: 2, heads: 2, feed_forward_width: 32, context: 32}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.02, document_starts: 0.3}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5}
      training:
        {steps: 60, batch: 4, accumulate: 2, dropout: 0.2, log_every: 4, evaluate_every: 20,
         evaluate_masks: 1, checkpoint_every: 7}
      """;

  @TempDir private Path folder;

  @Test
  void resumesWithTheSameLossesBitForBitHoweverOftenItIsKilled() throws Exception {
    var settings = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var whole = folder.resolve("whole");
    var killed = folder.resolve("killed");
    try (var session =
        Trainer.open(TrainingConfig.load(settings, List.of("run.folder=" + whole)), false)) {
      TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream()));
    }
    // The first dies before its first checkpoint, the second long after.
    for (var lines : new int[] {3, 30}) {
      var process = start(settings, killed);
      try (var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (var i = 0; i < lines; i++) {
          assertThat(out.readLine()).startsWith("step ");
        }
        process.destroyForcibly();
      }
      assertThat(process.waitFor()).as("killed, not ended by itself").isEqualTo(137);
    }
    var last = start(settings, killed);
    last.getInputStream().readAllBytes();
    assertThat(last.waitFor()).isZero();

    assertThat(losses(killed)).hasSize(15 + 3).isEqualTo(losses(whole));
    assertThat(scalars(killed)).hasSize(15 + 3).isEqualTo(scalars(whole));
    assertThat(CheckpointFolder.steps(killed.resolve("checkpoints"))).containsExactly(56L, 60L);
    assertThat(weights(killed)).hasSameBinaryContentAs(weights(whole));
  }

  private static Process start(Path settings, Path run) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dai.djl.pytorch.graph_optimizer=false");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(TrainOnce.class.getName(), settings.toString(), "run.folder=" + run));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** Steps with their losses and bounds, as the file spells them. */
  private static List<String> losses(Path run) throws IOException {
    List<String> losses = new ArrayList<>();
    var json = new ObjectMapper();
    for (var line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      var values = json.readTree(line);
      var loss = values.has("loss") ? values.get("loss") : values.get("validation_bound");
      assertThat(loss.isNumber()).isTrue();
      losses.add(values.get("step") + " " + loss + " " + values.path("gradient_norm"));
    }
    return losses;
  }

  /** Steps with what TensorBoard is told of them, but for the speed. */
  private static List<String> scalars(Path run) throws IOException {
    List<String> scalars = new ArrayList<>();
    for (var event : EventReader.read(EventReader.only(run.resolve("tensorboard")))) {
      event.scalars().keySet().removeIf(tag -> tag.startsWith("speed/"));
      if (event.version().isEmpty()) {
        scalars.add(event.step() + " " + event.scalars());
      }
    }
    return scalars;
  }

  private static Path weights(Path run) {
    return run.resolve("model").resolve("model.safetensors");
  }
}
