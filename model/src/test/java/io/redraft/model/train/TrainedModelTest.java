package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/** A short run on the built-in text, from settings to a model that others can open. */
class TrainedModelTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, name: Tiny}
      model: {width: 32, layers: 2, heads: 2, feed_forward_width: 64, context: 32}
      tokenizer: {kind: train, entries: 300}
      data: {format: synthetic, validation: 0.05}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5, ema_decay: 0.9}
      training: {steps: 60, batch: 16, log_every: 60, evaluate_every: 60, checkpoint_every: 60}
      """;

  @TempDir private Path folder;

  private TrainingConfig config(String... overrides) throws Exception {
    var file = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var all = new java.util.ArrayList<>(List.of(overrides));
    all.add(0, "run.folder=" + folder.resolve("run"));
    return TrainingConfig.load(file, all);
  }

  private static void train(TrainingConfig config) throws Exception {
    try (var session = Trainer.open(config, false)) {
      TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream()));
    }
  }

  @Test
  void learnsAndWritesAModelThatTheServingNetworkReadsTheSameWay() throws Exception {
    train(config());
    var run = folder.resolve("run");
    var metrics = Files.readString(run.resolve("metrics.jsonl"));
    assertThat(metrics.lines()).hasSize(2);
    assertThat(TrainingConfig.load(run.resolve("config.yaml"), List.of())).isEqualTo(config());

    var model = ModelFolder.open(run.resolve("model"));
    assertThat(Files.readString(run.resolve("model").resolve("README.md")))
        .contains("# Tiny", "60 steps", "bits a byte");

    var text = model.tokenizer().encode("The fox found a red key at noon. My aunt sold the moon.");
    var canvas = Arrays.copyOf(text, 16);
    int[] rows = {2, 3, 7, 11};
    for (var row : rows) {
      canvas[row] = model.config().maskToken();
    }
    try (var kernels = Kernels.open(Device.CPU);
        var denoiser =
            Networks.denoiser(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
      var drawn =
          denoiser.denoise(List.of(new DenoiseTask(canvas, rows, Sampling.GREEDY, 1, 0))).get(0);
      var asked = new TokenBatch(1, 16, canvas, rows, drawn.tokens(), new float[rows.length]);
      var layout = new ParameterLayout(model.config());
      try (var network =
          new NetworkOnDevice(
              kernels,
              layout,
              Numerics.exact(),
              OptimizerState.first(ModelEvaluation.weights(model, layout)))) {
        var losses = network.crossEntropy(asked, false);
        for (var n = 0; n < rows.length; n++) {
          // Two float32 paths through two blocks.
          assertThat((double) drawn.confidences()[n]).isCloseTo(Math.exp(-losses[n]), within(1e-5));
        }
      }
    }
    var uniform = Math.log(300);
    var documents = List.of(SyntheticText.documents().get(0));
    var encoded = documents.stream().map(model.tokenizer()::encode).toList();
    var found =
        ModelEvaluation.of(
                model, EvaluationText.of(documents, encoded, model.config().endToken()), 8, 0)
            .run(Device.CPU, (done, all) -> {});
    assertThat(found.natsPerToken()).as("better than guessing").isLessThan(uniform * 0.8);
  }

  @Test
  void theReportShowsTheWholeRunAndTextsOfItsModel() throws Exception {
    train(config("training.steps=240", "training.log_every=120", "training.evaluate_every=120"));
    var run = folder.resolve("run");
    var page =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new ByteArrayInputStream(
                    Files.readString(run.resolve("report.html"))
                        .replace("<!DOCTYPE html>", "")
                        .getBytes(StandardCharsets.UTF_8)));
    var text = page.getDocumentElement().getTextContent();
    var last = new ObjectMapper().readTree(Files.readAllLines(run.resolve("metrics.jsonl")).get(3));
    assertThat(text)
        .contains("Training of Tiny", "validation bound at the end")
        .contains(
            String.format("%.4f nats a token", last.path("validation_bound").asDouble()),
            "uniform guess",
            "learning_rate: 0.01",
            "float32 products of 512 x 32 x 128");
    List<String> dots = new ArrayList<>();
    var circles = page.getElementsByTagName("circle");
    for (var i = 0; i < circles.getLength(); i++) {
      dots.add(circles.item(i).getTextContent());
    }
    // Two lines of training, on the chart of losses and on four smaller ones, two evaluations.
    assertThat(dots).hasSize(2 * 5 + 2);
    assertThat(dots).filteredOn(dot -> dot.startsWith("validation bound: ")).hasSize(2);
    List<String> samples = new ArrayList<>();
    var figures = page.getElementsByTagName("figure");
    for (var i = 0; i < figures.getLength(); i++) {
      if (((Element) figures.item(i)).getAttribute("class").equals("sample")) {
        samples.add(figures.item(i).getTextContent().strip());
      }
    }
    assertThat(samples).hasSize(4).doesNotHaveDuplicates();
    // The grammar's words: a model that has not learnt them writes other letters.
    assertThat(String.join(" ", samples)).contains(" the ");
  }

  @Test
  void aRunResumedAfterItsLastStepStillSaysHowGoodItsModelIs() throws Exception {
    var config = config("training.steps=4", "training.evaluate_every=4");
    train(config);
    var card = folder.resolve("run").resolve("model").resolve("README.md");
    var first = Files.readString(card);
    try (var session = Trainer.open(config, true)) {
      session.finish();
    }
    assertThat(first).contains("| bound on ");
    assertThat(Files.readString(card)).isEqualTo(first);
  }

  @Test
  void aCausalModelsReportHasTextsToo() throws Exception {
    train(config("model.attention=causal", "training.steps=2"));
    assertThat(Files.readString(folder.resolve("run").resolve("report.html")))
        .contains("class=\"sample\"", "seed 6");
  }

  @Test
  void rowsBeyondTheTokenizersAreTrainedWithButNotPartOfTheModel() throws Exception {
    train(config("model.vocabulary=320", "training.steps=2", "model.tied_head=false"));
    var run = folder.resolve("run");
    var model = ModelFolder.open(run.resolve("model"));
    assertThat(model.config().vocabularySize()).isEqualTo(300);
    var layout = new ParameterLayout(model.config().withVocabulary(320));
    var average =
        new CheckpointFolder(run.resolve("checkpoints"), layout)
            .newest((config, corpus) -> {})
            .orElseThrow()
            .state()
            .average();
    var head = layout.parameters().get(1);
    assertThat(head.name()).isEqualTo("lm_head.weight");
    var exported = ModelEvaluation.weights(model, new ParameterLayout(model.config()));
    assertThat(Arrays.copyOfRange(exported, 300 * 32, 600 * 32))
        .isEqualTo(Arrays.copyOfRange(average, head.offset(), head.offset() + 300 * 32));
  }

  @Test
  void aRunIsNotBegunWhereThereIsOne() throws Exception {
    train(config("training.steps=1", "training.checkpoint_every=1"));
    assertThatThrownBy(() -> Trainer.open(config(), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageEndingWith("a new folder, or --resume: it holds a run at step 1");
  }

  @Test
  void aRunDoesNotGoOnWithOtherSettingsOrAnotherText() throws Exception {
    train(config("training.steps=1"));
    assertThatThrownBy(() -> Trainer.open(config("training.steps=2"), true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("training.steps is 2; allowed: 1, which this run began with");

    var text = Files.writeString(folder.resolve("a.txt"), "one two three\nfour five six\n");
    String[] fromFile = {
      "training.steps=1",
      "run.folder=" + folder.resolve("other"),
      "data.format=lines",
      "data.files=[" + text + "]",
      "data.validation=0"
    };
    train(config(fromFile));
    Files.writeString(text, "one two three\nfour five seven\n");
    assertThatThrownBy(() -> Trainer.open(config(fromFile), true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the text that this run began with");
  }

  @Test
  void nothingIsWrittenForARunThatCannotBegin() throws Exception {
    var missing = config("data.format=file", "data.files=[" + folder.resolve("no.txt") + "]");
    assertThatThrownBy(() -> Trainer.open(missing, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageEndingWith("no.txt is missing; allowed: a text file");
    var empty = Files.writeString(folder.resolve("empty.txt"), "  \n");
    var nothing = config("data.format=file", "data.files=[" + empty + "]");
    assertThatThrownBy(() -> Trainer.open(nothing, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("holds no text");
    assertThatThrownBy(() -> Trainer.open(config("run.device=gpu7"), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("run.device is gpu7; allowed: a device that can be used here");
    assertThat(folder.resolve("run")).doesNotExist();
  }
}
