package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.AttentionMode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuneCommandTest {
  private static final String BASE =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16, tied_head: false}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {steps: 3, batch: 4, log_every: 1, evaluate_every: 0, checkpoint_every: 3}
      """;

  /** Says nothing of a shape, a tokenizer or an objective: the model and the mode do. */
  private static final String TUNING =
      """
      run: {seed: 3, device: cpu, compute: float32}
      data: {format: synthetic, validation: 0.01}
      optimizer: {learning_rate: 1e-9, warmup_steps: 0, ema_decay: 0}
      training: {steps: 1, batch: 2, log_every: 1, evaluate_every: 0, checkpoint_every: 1}
      """;

  private StringWriter err;

  @TempDir Path folder;

  private int run(String... arguments) {
    err = new StringWriter();
    return Main.run(arguments, new PrintWriter(new StringWriter()), new PrintWriter(err));
  }

  private Path write(String name, String yaml) throws IOException {
    return Files.writeString(folder.resolve(name + ".yaml"), yaml);
  }

  private Path base() throws IOException {
    var settings = write("base", BASE).toString();
    assertThat(run("train", settings, "--set", "run.folder=" + folder.resolve("base"))).isZero();
    return folder.resolve("base").resolve("model");
  }

  private int tune(String mode, Path model, String name, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("finetune", "--mode", mode));
    arguments.addAll(List.of("--model", model.toString(), write("tuning", TUNING).toString()));
    arguments.addAll(List.of("--set", "run.folder=" + folder.resolve(name)));
    arguments.addAll(Arrays.asList(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void theSameModelIsTrainedOnForEveryUseAndBackAgain() throws IOException {
    var base = base();
    for (var mode : new String[] {"clm", "mlm", "diffusion"}) {
      assertThat(tune(mode, base, mode)).as(() -> mode + ": " + err).isZero();
      var tuned = ModelFolder.open(folder.resolve(mode).resolve("model"));
      assertThat(tuned.config().attention())
          .isEqualTo(mode.equals("clm") ? AttentionMode.CAUSAL : AttentionMode.BIDIRECTIONAL);
      assertWeightsAreThoseOf(base, tuned);
    }
    // A causal model has its mask still in its tokenizer, and can denoise again.
    var causal = folder.resolve("clm").resolve("model");
    assertThat(tune("diffusion", causal, "back")).as(() -> err.toString()).isZero();
    var back = ModelFolder.open(folder.resolve("back").resolve("model"));
    assertThat(back.config()).isEqualTo(ModelFolder.open(base).config());
    assertWeightsAreThoseOf(base, back);
  }

  /** One step of a rate of 1e-9 moves no weight by more than 2e-9. */
  private static void assertWeightsAreThoseOf(Path base, ModelFolder tuned) {
    var from = ModelFolder.open(base).weights();
    for (var name : from.names()) {
      var before = from.tensor(name).toFloat32();
      var after = tuned.weights().tensor(name).toFloat32();
      for (var i = 0; i < before.length; i++) {
        assertThat(Math.abs(after[i] - before[i])).as(name).isLessThan(1e-7f);
      }
    }
  }

  @Test
  void aRunIsSteeredMeanwhileAsOneOfTrainIs() throws Exception {
    var base = base().toString();
    var tuning = write("tuning", TUNING).toString();
    var run = folder.resolve("tuned");
    try (var process =
        RedraftProcess.start(
            "finetune",
            "--mode",
            "clm",
            "--model",
            base,
            tuning,
            "--set",
            "run.folder=" + run,
            "--set",
            "training.steps=100000000",
            "--set",
            "training.checkpoint_every=99999999",
            "--grpc-port",
            "0")) {
      var line = process.errorLine();
      assertThat(line).startsWith("redraft: runs are steered on 127.0.0.1:");
      assertThat(process.errorLine()).startsWith("training ");
      assertThat(process.errorLine()).startsWith("step ");
      var server = line.substring(line.lastIndexOf(' ') + 1);
      assertThat(run("runs", "stop", "tuned", "--server", server)).isZero();
      assertThat(err.toString()).startsWith("stopped at step ");
      assertThat(process.errorLines()).last().asString().startsWith("stopped at step ");
      assertThat(process.exitCode()).isZero();
    }
    assertThat(run.resolve("checkpoints")).isNotEmptyDirectory();
  }

  @Test
  void whatContradictsTheModeOrTheModelIsNamed() throws IOException {
    var base = base();
    refused(
        "objective.kind is nelbo; allowed: mlm, for mode mlm",
        tune("mlm", base, "x", "--set", "objective.kind=nelbo"));
    refused(
        "objective.kind is mlm; allowed: nelbo, nelbo-discrete, uniform, masked-mean, for mode",
        tune("diffusion", base, "x", "--set", "objective.kind=mlm"));
    refused(
        "objective.kind is nelbo; allowed: causal, for causal attention",
        tune("clm", base, "x", "--set", "objective.kind=nelbo"));
    refused(
        "model.attention is bidirectional; allowed: causal, for mode clm",
        tune(
            "clm",
            base,
            "x",
            "--set",
            "objective.kind=nelbo",
            "--set",
            "model.attention=bidirectional"));
    refused(
        "a model of the run's shape; it differs in width (16, not 32)",
        tune("clm", base, "x", "--set", "model.width=32"));
    refused(
        "model.initial is other; allowed: " + base,
        tune("clm", base, "x", "--set", "model.initial=other"));
    refused("--mode is gpt; allowed: clm, mlm, diffusion", tune("gpt", base, "x"));
    refused("no is missing; allowed: a model folder", tune("clm", folder.resolve("no"), "x"));
    refused(
        "model.initial is " + base + "; allowed: none, for a curriculum",
        tune(
            "diffusion",
            base,
            "x",
            "--set",
            "curriculum.direction=left-to-right",
            "--set",
            "training.steps=2",
            "--set",
            "model.layers=2"));
  }

  private void refused(String message, int code) {
    assertThat(err.toString()).contains(message);
    assertThat(code).isEqualTo(2);
  }
}
