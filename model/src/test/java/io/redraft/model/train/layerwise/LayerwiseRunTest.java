package io.redraft.model.train.layerwise;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.LayerPiece;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;
import io.redraft.model.train.TrainingSession;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerwiseRunTest {
  /** Every kind of curriculum, as the lines of its section. */
  private static final Map<String, String> CURRICULA =
      Map.ofEntries(
          entry("append", "direction: left-to-right\n  steps: 4"),
          entry("append-all", "direction: left-to-right\n  freeze: false\n  steps: 4"),
          entry(
              "cached",
              "direction: left-to-right\n  embeddings: anchored\n  cache: disk\n"
                  + "  cache_realisations: 2\n  steps: 4"),
          entry("prepend", "direction: right-to-left\n  steps: 4\n  joint_final: 3"),
          entry(
              "prepend-joint",
              "direction: right-to-left\n  steps: 4\n  joint: {every: 3, steps: 3}"),
          entry(
              "everything",
              "direction: right-to-left\n  steps: 4\n  adapters: {rank: 2}\n  frozen: int8\n"
                  + "  spectral_norm: true\n  residual_gain: 0.5\n  consistency: 0.1"),
          entry("hybrid", "direction: right-to-left\n  time: hybrid\n  steps: 4"),
          entry("bands", "direction: noise-bands\n  steps: 4"),
          entry("append-depth", "direction: left-to-right\n  time: depth\n  steps: 4"),
          entry("prepend-input", "direction: right-to-left\n  time: input\n  steps: 4"),
          entry(
              "quantiles",
              "direction: right-to-left\n  steps: 4\n  adapters: {rank: 2}\n  frozen: nf4"));

  @TempDir Path folder;

  private TrainingConfig config(String name, String run) throws IOException {
    var file = folder.resolve(name + ".yaml");
    Files.writeString(
        file,
        """
        run:
          name: %s
          folder: %s
          device: cpu
          compute: float32
        model:
          width: 16
          layers: 3
          heads: 2
          feed_forward_width: 32
          context: 16
          tied_head: false
        tokenizer:
          kind: bytes
        data:
          format: synthetic
          validation: 0.05
        objective:
          kind: nelbo
        optimizer:
          learning_rate: 1e-2
          warmup_steps: 1
          ema_decay: 0.5
        training:
          batch: 4
          log_every: 2
          evaluate_every: 0
          checkpoint_every: 2
        curriculum:
          %s
        """
            .formatted(name, folder.resolve(run), CURRICULA.get(name)));
    return TrainingConfig.load(file, List.of());
  }

  private static LayerwiseRun open(TrainingConfig config, boolean resume) throws IOException {
    return LayerwiseRun.open(
        config, (network, tokens) -> CurriculumPlanner.plan(config, network), resume);
  }

  /** Takes all steps of a stage and commits it. */
  private static void train(LayerwiseRun run, Stage stage) throws IOException {
    try (var session = run.open(stage, true)) {
      step(session, Long.MAX_VALUE);
      session.finish();
    }
  }

  private static List<Double> step(TrainingSession session, long until) throws IOException {
    List<Double> losses = new ArrayList<>();
    while (!session.done() && session.stepsTaken() < until) {
      session.step().ifPresent(line -> losses.add(line.loss()));
      if (session.checkpointDue()) {
        session.checkpoint();
      }
    }
    return losses;
  }

  private static Map<String, float[]> layers(LayerwiseRun run) {
    var store = LayerStore.open(run.folder().resolve("layers"));
    Map<String, float[]> all = new HashMap<>();
    store.pieces().forEach(piece -> piece.tensors().forEach(t -> all.put(t.name(), t.toFloat32())));
    return all;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "append",
        "append-all",
        "cached",
        "prepend",
        "everything",
        "hybrid",
        "bands",
        "append-depth",
        "prepend-input",
        "quantiles"
      })
  void everyCurriculumEndsInAModel(String name) throws IOException {
    var run = open(config(name, "run"), false);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    assertThat(run.committed()).hasSameSizeAs(run.stages());

    var model = ModelFolder.open(run.complete());
    assertThat(model.config().layers()).isEqualTo(3);
    var seven = model.weights().tensor("model.layers.1.mlp.up_proj.weight").toFloat32();
    assertThat(seven).isEqualTo(layers(run).get("model.layers.1.mlp.up_proj.weight"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "cached", "everything", "bands"})
  void aProcessThatDiesLosesNothingThatMatters(String name) throws IOException {
    var whole = open(config(name, "whole"), false);
    for (var stage : whole.stages()) {
      train(whole, stage);
    }

    // Every stage is given up after its third step, of which two are in a checkpoint.
    var config = config(name, "killed");
    open(config, false);
    for (var stage : whole.stages()) {
      try (var session = open(config, true).open(stage, true)) {
        step(session, 3);
      }
      train(open(config, true), stage);
      train(open(config, true), stage); // committed, but nobody was told
    }

    var killed = layers(open(config, true));
    layers(whole)
        .forEach((weight, values) -> assertThat(killed.get(weight)).as(weight).isEqualTo(values));
  }

  @Test
  void aCacheThatWasDamagedChangesNothing() throws IOException {
    var config = config("cached", "run");
    var run = open(config, false);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    var again = open(config("cached", "again"), false);
    for (var stage : again.stages()) {
      try (var session = again.open(stage, true)) {
        step(session, 2);
      }
      try (var files = Files.walk(again.folder())) {
        for (var file : files.filter(f -> f.toString().endsWith(".bf16")).toList()) {
          var bytes = Files.readAllBytes(file);
          bytes[5] ^= 1;
          Files.write(file, bytes);
        }
      }
      train(again, stage);
    }
    layers(run)
        .forEach((weight, values) -> assertThat(layers(again).get(weight)).isEqualTo(values));
  }

  @Test
  void frozenBlocksStayAsTheyWereCommitted() throws IOException {
    var run = open(config("append", "run"), false);
    train(run, run.stages().get(0));
    var before = layers(run);
    train(run, run.stages().get(1));
    var after = layers(run);

    assertThat(after.get("model.layers.0.mlp.up_proj.weight"))
        .isEqualTo(before.get("model.layers.0.mlp.up_proj.weight"));
    assertThat(after.get("lm_head.weight")).isNotEqualTo(before.get("lm_head.weight"));
    assertThat(before).doesNotContainKey("model.layers.1.mlp.up_proj.weight");
  }

  @Test
  void depthIsTimeInTheFinishedModel() throws IOException {
    var run = open(config("everything", "run"), false);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    assertThat(ModelFolder.open(run.complete()).config().depthRatios())
        .containsExactly(run.settings().curriculum().ratios().toArray(Double[]::new))
        .hasSize(3)
        .startsWith(1.0, 0.575);
  }

  @Test
  void depthIsNotTimeInAModelWhoseBlocksAllLearnedTogetherAfterTheLastStage() throws IOException {
    var run = open(config("prepend-joint", "run"), false);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    assertThat(run.stages()).extracting(Stage::name).last().isEqualTo("joint-1");
    var model = ModelFolder.open(run.complete());
    assertThat(model.config().depth().none()).isTrue();

    // The whole stack is what that phase trained, whatever the masks are: text is written with it.
    var options = DecodeOptions.DEFAULTS.withMinTokens(16).withSteps(4);
    var plan = DecodePlan.of(List.of(new Segment.Masked(16)), model.config(), options, 1);
    assertThat(DecodeState.start(plan).next().depth()).isEmpty();
  }

  /**
   * What a step predicts while a text is written, and what the model is judged by, are the same.
   */
  @Test
  void aDepthModelIsJudgedByTheStepsThatWrite() throws IOException {
    var run = open(config("everything", "run"), false);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    var model = ModelFolder.open(run.complete());
    var options = DecodeOptions.DEFAULTS.withMinTokens(16).withSampling(Sampling.GREEDY);
    var plan = DecodePlan.of(List.of(new Segment.Masked(16)), model.config(), options, 1);
    var passes = 0;
    try (var kernels = Kernels.open(Device.CPU);
        var scorer = new ModelScorer(model, kernels);
        var writer =
            Networks.denoiser(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
      for (var state = DecodeState.start(plan); !state.done(); passes++) {
        var task = state.next();
        assertThat(task.depth().orElseThrow().range().from()).isEqualTo(passes);
        var found = writer.denoise(List.of(task)).get(0);
        var asked = new float[found.tokens().length];
        var losses =
            scorer.crossEntropy(
                new TokenBatch(1, 16, task.canvas(), found.positions(), found.tokens(), asked));
        for (var i = 0; i < losses.length; i++) {
          assertThat(Math.exp(-losses[i])).isCloseTo(found.confidences()[i], within(1e-4));
        }
        state = state.advance(found).state();
      }
    }
    assertThat(passes).isEqualTo(3);
  }

  @Test
  void aStageWhoseSuffixIsNotCommittedIsRefused() throws IOException {
    var run = open(config("prepend", "run"), false);

    assertThatThrownBy(() -> run.open(run.stages().get(1), false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("stage 2, prepend-1,")
        .hasMessageContaining("layer-2");
  }

  @Test
  void aTrialTakesTheStepsOfTheStageUponWeightsOfTheSeedAndCommitsNothing() throws IOException {
    var run = open(config("cached", "run"), false);
    var stage = run.stages().get(2); // behind two frozen blocks
    List<Double> losses = new ArrayList<>();
    try (var trial = StageTrial.open(run, stage)) {
      trial.fill();
      assertThat(cached(run)).isPositive();
      trial.begin();
      for (var step = 0; step < stage.steps(); step++) {
        trial.step().ifPresent(line -> losses.add(line.loss()));
      }
    }
    assertThat(run.committed()).isEmpty();

    // The same weights committed as if stages had left them, and the stage itself upon them.
    var other = open(config("cached", "other"), false);
    Map<String, float[]> drawn = new HashMap<>();
    for (var name : WeightLayout.of(other.network()).keySet()) {
      drawn.put(name, other.weights().apply(name));
    }
    for (var number = 1; number <= 2; number++) {
      var block = "layer-" + (number - 1);
      Map<String, float[]> piece = new HashMap<>(drawn);
      piece
          .keySet()
          .removeIf(
              name -> {
                var holder = LayerPiece.holding(name);
                return !holder.equals(block) && holder.startsWith("layer-");
              });
      other.commit(other.stages().get(number - 1), 1, piece);
    }
    try (var session = other.open(stage, false)) {
      assertThat(step(session, Long.MAX_VALUE)).isEqualTo(losses).hasSize(2);
    }
  }

  private static long cached(LayerwiseRun run) throws IOException {
    try (var files = Files.walk(run.folder().resolve("cache"))) {
      return files.filter(file -> file.toString().endsWith(".bf16")).count();
    }
  }

  @Test
  void aTrialIsRefusedWhereStagesAreCommitted() throws IOException {
    var run = open(config("append", "run"), false);
    train(run, run.stages().get(0));
    assertThatThrownBy(() -> StageTrial.open(run, run.stages().get(1)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("where stages [1] are committed")
        .hasMessageContaining("a new folder");
  }

  @Test
  void aFolderWithStagesIsNotBegunAnew() throws IOException {
    var config = config("append", "run");
    var run = open(config, false);
    train(run, run.stages().get(0));

    assertThatThrownBy(() -> open(config, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("run.folder")
        .hasMessageContaining("--resume");
  }
}
