package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 16, layers: 1, heads: 2, feed_forward_width: 32, context: 16}
      tokenizer: {kind: bytes}
      data: {format: synthetic, validation: 0.01}
      training: {steps: 6, batch: 4, log_every: 1, evaluate_every: 6, checkpoint_every: 2}
      """;

  private StringWriter out;
  private StringWriter err;

  @TempDir Path folder;
  private Path settings;

  @BeforeEach
  void writeSettings() throws IOException {
    settings = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
  }

  private int run(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    return Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
  }

  private String[] train(String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", settings.toString()));
    arguments.addAll(List.of("--set", "run.folder=" + folder.resolve("run")));
    arguments.addAll(Arrays.asList(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void trainsAndNamesTheModelWhichEvaluateThenReads() throws Exception {
    assertThat(run(train())).as(() -> err.toString()).isZero();
    var model = folder.resolve("run").resolve("model");
    assertThat(out.toString().strip()).isEqualTo(model.toString());
    assertThat(err.toString())
        .contains("training ", " parameters on cpu: 6 steps of 64 tokens", "step 6/6  loss ")
        .contains("validation bound ", "finished 6 steps")
        .contains("MFU is of ", "GFLOP/s, measured on float32 products of 64 x 16 x 64");
    assertThat(folder.resolve("run").resolve("report.html")).exists();
    assertThat(folder.resolve("run").resolve("tensorboard")).isNotEmptyDirectory();

    var text = Files.writeString(folder.resolve("t.txt"), "The fox sold the moon — again.");
    String[] evaluate = {"evaluate", "--model", model.toString(), "--data", text.toString()};
    assertThat(run(evaluate)).isZero();
    assertThat(out.toString())
        .startsWith("bound (at most) over 33 tokens (32 bytes, 30 characters), 32 masks a chunk")
        .contains(" nats per token", " bits per byte", "masked  90-100 %");

    var asJson = Arrays.copyOf(evaluate, evaluate.length + 3);
    System.arraycopy(new String[] {"--json", "--masks", "8"}, 0, asJson, evaluate.length, 3);
    assertThat(run(asJson)).isZero();
    var json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("tokens").asInt()).isEqualTo(33);
    assertThat(json.path("by_mask_ratio")).hasSize(10);
    // Six steps leave it guessing among 257 tokens, 5.5 nats; few masks of a short text scatter.
    assertThat(json.path("nats_per_token").asDouble()).isBetween(3.5, 8.0);
    assertThat(json.path("bits_per_byte").asDouble())
        .isEqualTo(json.path("nats_per_token").asDouble() * 33 / Math.log(2) / 32);
  }

  @Test
  void aSecondRunInTheSameFolderNeedsToBeAsked() {
    assertThat(run(train("--set", "training.steps=2"))).isZero();
    assertThat(run(train("--set", "training.steps=2"))).isEqualTo(2);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "redraft train: run.folder is "
                + folder.resolve("run")
                + "; allowed: a new folder, or --resume: it holds a run at step 2");
    assertThat(run(train("--set", "training.steps=3", "--resume"))).isEqualTo(2);
    assertThat(err.toString()).contains("training.steps is 3; allowed: 2, which this run began");
    assertThat(run(train("--set", "training.steps=2", "--resume"))).isZero();
    assertThat(err.toString()).contains("going on from step 2");
  }

  @Test
  void wrongInputIsOneLineAndCodeTwo() {
    assertThat(run(train("--set", "optimizer.clap=1"))).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("redraft train: unknown key optimizer.clap; allowed: beta1,");
    assertThat(run("train", folder.resolve("no.yaml").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("no.yaml is missing; allowed: a YAML file");
    assertThat(run("train")).isEqualTo(2);
    assertThat(run(train("--set", "data.format=file", "--set", "data.files=no.txt"))).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("no.txt is missing");
    assertThat(folder.resolve("run")).doesNotExist();
    assertThat(run("evaluate", "--model", folder.toString(), "--data", "x")).isEqualTo(2);
    assertThat(run("evaluate", "--model", "m", "--data", "d", "--masks", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--masks is 0; allowed: 1 or more");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data.format=file data.files=FILE    |           | data.files is [FILE], which holds no text; allowed: at least one
          data.format=lines data.files=FILE   | '   '     | data.files is [FILE], which holds no text; allowed: at least one
          data.format=stories data.files=FILE | once      | data.files is [FILE], which holds no text; allowed: at least one
          data.format=file data.files=FILE    | noÿ       | FILE: not UTF-8 at byte 2
          tokenizer.kind=file tokenizer.file=FILE | {}    | FILE: model.vocab: missing; allowed: an object
          model.vocabulary=257                |           | model.vocabulary is 257; allowed: 258 or more, as the tokenizer
          model.heads=3                       |           | model.heads is 3; allowed: a divisor of model.width (16)
          data.validation=0.999999            |           | data.validation is 0.999999; allowed: less: no document is left
          """)
  void whatCannotBeTrainedOnIsRefusedBeforeTheFirstStep(
      String settings, String content, String message) throws IOException {
    var file = folder.resolve("input");
    // One byte a character, so that something can be written that is not UTF-8.
    Files.write(file, (content == null ? "" : content).getBytes(StandardCharsets.ISO_8859_1));
    List<String> arguments = new ArrayList<>();
    for (var setting : settings.split(" ")) {
      arguments.addAll(List.of("--set", setting.replace("FILE", file.toString())));
    }
    assertThat(run(train(arguments.toArray(String[]::new)))).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("redraft train: " + message.replace("FILE", file.toString()));
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aPoliteKillEndsTheRunWithACheckpointFromWhichItGoesOn() throws Exception {
    var endless =
        train("--set", "training.steps=100000000", "--set", "training.checkpoint_every=99999999");
    try (var process = RedraftProcess.start(endless)) {
      assertThat(process.errorLine()).startsWith("training ");
      assertThat(process.errorLine()).startsWith("step ");
      process.terminate();
      assertThat(process.errorLines())
          .last()
          .asString()
          .matches("stopped at step [\\d,]+ with a checkpoint; --resume goes on");
      assertThat(process.exitCode()).isZero();
    }
    try (var checkpoints = Files.list(folder.resolve("run").resolve("checkpoints"))) {
      assertThat(checkpoints).singleElement().asString().matches(".*/step-\\d+");
    }
    assertThat(folder.resolve("run").resolve("model").resolve("model.safetensors")).exists();
  }

  @ParameterizedTest
  @CsvSource({"512, 5, checkpoints", "256, 2000, metrics.jsonl"})
  void aDiskThatTakesNoMoreStopsTheRunWithItsLastCheckpointWhole(
      int kilobytes, int checkpointEvery, String what) throws Exception {
    var endless =
        train(
            "--resume",
            "--set",
            "training.steps=100000000",
            "--set",
            "training.checkpoint_every=" + checkpointEvery,
            "--set",
            "model.width=64"); // a checkpoint of 1.3 MB, a journal of a tenth of that
    try (var process = RedraftProcess.start(endless)) {
      assertThat(process.errorLine()).startsWith("training ");
      assertThat(process.errorLine()).startsWith("step ");
      process.terminate();
      assertThat(process.exitCode()).isZero();
    }
    var run = folder.resolve("run");
    var step = newestCheckpoint(run);
    try (var process = RedraftProcess.startWithFilesUpTo(kilobytes, endless)) {
      assertThat(process.errorLines())
          .last()
          .asString()
          .startsWith("redraft train: failed: " + run.resolve(what) + ": cannot be written: File")
          .contains("; the checkpoint of step ", " is whole, --resume goes on from it");
      assertThat(process.exitCode()).isEqualTo(1);
    }
    assertThat(newestCheckpoint(run)).isGreaterThanOrEqualTo(step);
    try (var process = RedraftProcess.start(endless)) {
      assertThat(process.errorLine()).contains("going on from step ");
      assertThat(process.errorLine()).startsWith("step ");
      process.terminate();
      assertThat(process.exitCode()).isZero();
    }
  }

  private static long newestCheckpoint(Path run) throws IOException {
    try (var checkpoints = Files.list(run.resolve("checkpoints"))) {
      return checkpoints
          .map(path -> path.getFileName().toString())
          .peek(name -> assertThat(name).matches("step-\\d+"))
          .mapToLong(name -> Long.parseLong(name.substring("step-".length())))
          .max()
          .orElseThrow();
    }
  }
}
