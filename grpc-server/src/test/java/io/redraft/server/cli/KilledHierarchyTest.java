package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code train} with a curriculum, whose process is really killed at random moments, against one
 * that was left alone: journal, checkpoints, layers and cache of one folder. How often is told by
 * the system property {@code redraft.kills}; what 50 kills gave is told in docs/layerwise.md.
 */
class KilledHierarchyTest {
  private static final int KILLS = Integer.getInteger("redraft.kills", 4);

  /** Later moments than these would mostly find a run that is finished. */
  private static final Duration LATEST = Duration.ofMillis(9_000);

  private static final String SETTINGS =
      """
      run: {seed: 5, device: cpu, compute: float32}
      model: {width: 16, layers: 3, heads: 2, feed_forward_width: 32, context: 32, tied_head: false}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.02}
      objective: {kind: nelbo}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5}
      training: {batch: 4, log_every: 20, evaluate_every: 0, checkpoint_every: 25}
      curriculum:
        {direction: left-to-right, embeddings: anchored, cache: disk, cache_realisations: 2,
         steps: %d, joint_final: %d}
      """
          .formatted(150 * KILLS, 25 * KILLS); // long enough to be killed so often

  @TempDir private Path folder;

  @Test
  void endsInTheSameWeightsHoweverOftenItIsKilled() throws Exception {
    var settings = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var whole = folder.resolve("whole");
    assertThat(start(settings, whole, "whole").waitFor()).isZero();

    var killed = folder.resolve("killed");
    var random = new Random(20261126);
    var interrupted = 0;
    for (var kill = 0; kill < KILLS; kill++) {
      var process = start(settings, killed, "kill-" + kill);
      if (!process.waitFor(random.nextInt((int) LATEST.toMillis()), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        assertThat(process.waitFor()).as("killed").isEqualTo(137);
        interrupted++;
      } else {
        assertThat(process.exitValue()).as(output("kill-" + kill)).isZero();
      }
      readable(killed);
    }
    System.out.printf("killed %d times under way%n", interrupted);
    assertThat(interrupted).as("moments at which the run was under way").isPositive();
    assertThat(start(settings, killed, "last").waitFor()).as(output("last")).isZero();

    assertThat(weights(killed)).hasSameBinaryContentAs(weights(whole));
    assertThat(LayerStore.open(killed.resolve("layers")).committed()).containsExactly(1, 2, 3, 4);
  }

  /** Whatever the moment, what is committed is whole. */
  private static void readable(Path run) {
    var layers = run.resolve("layers");
    if (Files.exists(layers.resolve(LayerStore.MANIFEST))) {
      LayerStore.open(layers).pieces().forEach(piece -> assertThat(piece.tensors()).isNotEmpty());
    }
    if (Files.exists(run.resolve("model"))) {
      assertThat(ModelFolder.open(run.resolve("model")).config().layers()).isEqualTo(3);
    }
  }

  private Process start(Path settings, Path run, String name) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Dai.djl.pytorch.graph_optimizer=false",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "train",
            settings.toString(),
            "--resume",
            "--set",
            "run.folder=" + run));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  private String output(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  private static Path weights(Path run) {
    return run.resolve("model").resolve("model.safetensors");
  }
}
