package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.tensor.Device;
import io.redraft.model.train.config.TrainingConfig;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Short runs with block-causal steps, from settings to a model, and on from that model. */
class BlockCausalRunTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 32, layers: 2, heads: 2, feed_forward_width: 64, context: 32}
      data: {format: synthetic, validation: 0.02}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5, ema_decay: 0.9}
      training:
        {steps: 60, batch: 16, accumulate: 2, evaluate_masks: 4, log_every: 60, evaluate_every: 60,
         checkpoint_every: 60}
      """;

  private static final String[] MIXED = {
    "tokenizer.entries=300", "model.attention_blocks=[1, 8]", "objective.block_causal=0.5"
  };

  @TempDir private Path folder;

  private TrainingConfig config(String name, String... overrides) throws Exception {
    var file = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var all = new ArrayList<>(List.of(overrides));
    all.add("run.folder=" + folder.resolve(name));
    return TrainingConfig.load(file, all);
  }

  private static Evaluation train(TrainingConfig config) throws Exception {
    try (var session = Trainer.open(config, false)) {
      TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream()));
      return session.evaluate();
    }
  }

  /** Nats a token of guessing evenly, of 300 tokens. */
  private static final double UNIFORM = Math.log(300);

  @Test
  void oneSetOfWeightsLearnsBothWaysAndSaysSo() throws Exception {
    var found = train(config("run", MIXED));
    assertThat(found.natsPerToken()).isLessThan(0.7 * UNIFORM);
    assertThat(found.blockCausal()).extracting(bound -> bound.size()).containsExactly(1, 8);
    for (var bound : found.blockCausal()) {
      assertThat(bound.natsPerToken()).isLessThan(0.7 * UNIFORM);
    }
    var run = folder.resolve("run");
    assertThat(ModelFolder.open(run.resolve("model")).config().attentionBlocks())
        .containsExactly(1, 8);
    var lines = Files.readAllLines(run.resolve("metrics.jsonl"));
    var line = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(line.path("block_causal_8").asDouble())
        .isEqualTo(found.blockCausal().get(1).natsPerToken());
    assertThat(line.path("validation_bound").asDouble()).isEqualTo(found.natsPerToken());
    assertThat(Files.readString(run.resolve("report.html"))).contains("bound in blocks of 8");
    assertThat(Files.readString(run.resolve("model/README.md")))
        .contains("nelbo, block-causal in 50 % of the steps", "bound in blocks of 8");
  }

  @Test
  void aModelThatAttendsInNoOtherWayIsJudgedByItsLargestBlocks() throws Exception {
    var found =
        train(
            config(
                "run",
                "tokenizer.entries=300",
                "model.attention=block-causal",
                "model.attention_blocks=[4, 8]"));
    assertThat(found.natsPerToken()).isLessThan(0.7 * UNIFORM);
    assertThat(found.natsPerToken()).isEqualTo(found.blockCausal().get(1).natsPerToken());
    assertThat(found.byMaskRatio().stream().mapToLong(Evaluation.Bucket::masked).sum())
        .isGreaterThan(found.tokens());
    assertThat(ModelFolder.open(folder.resolve("run/model")).config().attention())
        .isEqualTo(AttentionMode.BLOCK_CAUSAL);
  }

  @Test
  void aRunThatBeginsWithAModelHasItsBoundsBeforeTheFirstStep() throws Exception {
    train(config("first", MIXED));
    var model = ModelFolder.open(folder.resolve("first/model"));
    var initial = "model.initial=" + model.path();
    var blocks = new String[] {MIXED[1], MIXED[2], initial};
    try (var session = Trainer.open(config("second", blocks), false)) {
      var text = new TrainingDataLoader(config("second", blocks)).load().validation();
      var alone = ModelEvaluation.of(model, text, 4, 3).run(Device.CPU, (done, all) -> {});
      var found = session.evaluate();
      assertThat(found.tokens()).isEqualTo(alone.tokens());
      // The same kernels on batches of another size: sums in another order.
      assertThat(found.natsPerToken()).isCloseTo(alone.natsPerToken(), within(1e-5));
      for (var i = 0; i < 2; i++) {
        assertThat(found.blockCausal().get(i).natsPerToken())
            .isCloseTo(alone.blockCausal().get(i).natsPerToken(), within(1e-5));
      }
    }
    assertThat(folder.resolve("second/tokenizer.json"))
        .hasSameBinaryContentAs(model.path().resolve("tokenizer.json"));
  }

  @Test
  void aRunBeginsWithAModelInEightBitsAndWithMoreRowsThanItHas() throws Exception {
    train(config("first", "tokenizer.entries=300", "export.weights=int8", "training.steps=5"));
    var model = ModelFolder.open(folder.resolve("first/model"));
    var settings = config("second", "model.initial=" + model.path(), "model.vocabulary=320");
    var layout = new ParameterLayout(NetworkChoice.of(settings, model.tokenizer()));
    var weights = InitialModel.open(settings.model()).weights(layout, 9);
    var random = Initialization.of(layout, 9);
    for (var parameter : layout.parameters()) {
      var tensor = model.weights().tensor(parameter.name()).toFloat32();
      for (var i = 0; i < parameter.size(); i++) {
        var at = parameter.offset() + i;
        assertThat(weights[at]).isEqualTo(i < tensor.length ? tensor[i] : random[at]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.layers=3 | layers (2, not 3)",
        "model.width=64;model.heads=4 | width (32, not 64), heads (2, not 4),",
        "model.tied_head=false | tied_head (true, not false)",
        "model.time_conditioning=table | time_conditioning (none, not table), time_buckets (0,",
      })
  void aModelOfAnotherShapeIsRefusedAndTheDifferenceNamed(String overrides, String message)
      throws Exception {
    train(config("first", "tokenizer.entries=300", "training.steps=1"));
    var all = new ArrayList<>(List.of(overrides.split(";")));
    all.add("model.initial=" + folder.resolve("first/model"));
    var config = config("second", all.toArray(String[]::new));
    assertThatThrownBy(() -> Trainer.open(config, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("model.initial is ")
        .hasMessageContaining("a model of the run's shape; it differs in " + message);
  }

  @Test
  void anInitialModelThatIsNotThereIsRefused() throws Exception {
    var config = config("run", "model.initial=" + folder.resolve("nowhere"));
    assertThatThrownBy(() -> Trainer.open(config, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("nowhere is missing; allowed: a model folder");
  }

  @Test
  void aRunWithBothKindsOfStepsAndAnInitialModelResumesBitForBit() throws Exception {
    train(config("first", "tokenizer.entries=300", "training.steps=5"));
    var initial = "model.initial=" + folder.resolve("first/model");
    var overrides =
        new String[] {MIXED[1], MIXED[2], initial, "training.steps=12", "training.dropout=0.1"};
    train(config("whole", overrides));
    try (var session = Trainer.open(config("halved", overrides), false)) {
      while (session.stepsTaken() < 5) {
        session.step();
      }
      session.checkpoint();
    }
    try (var session = Trainer.open(config("halved", overrides), true)) {
      assertThat(session.stepsTaken()).isEqualTo(5);
      TrainOnce.train(session, new PrintStream(OutputStream.nullOutputStream()));
    }
    assertThat(folder.resolve("halved/model/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model/model.safetensors"));
  }
}
