package io.redraft.model.train.layerwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.Segment;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.ModelScorer;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageLayout;
import io.redraft.model.train.stage.StageOnDevice;
import io.redraft.model.train.stage.StageState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fused model whose depth is time computes at every depth what the stage of that depth did. */
class DepthModelTest {
  private static final int CONTEXT = 16;

  /** Section of the curriculum, and how the network is told its mask ratio. */
  private static final Map<String, List<String>> CURRICULA =
      Map.of(
          "suffix", List.of("direction: right-to-left\n  steps: 12", "none"),
          "suffix, two blocks a stage",
              List.of("direction: right-to-left\n  block: 2\n  steps: 12", "none"),
          "suffix, told", List.of("direction: right-to-left\n  time: hybrid\n  steps: 12", "adaln"),
          "suffix, told by a row",
              List.of("direction: right-to-left\n  time: hybrid\n  steps: 12", "sinusoidal"),
          "band, told", List.of("direction: noise-bands\n  time: hybrid\n  steps: 12", "adaln"),
          "prefix",
              List.of(
                  "direction: left-to-right\n  time: depth\n  head: anchored\n  steps: 12",
                  "none"));

  private static Kernels kernels;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    kernels = Kernels.open(Device.CPU);
  }

  @AfterAll
  static void close() {
    kernels.close();
  }

  private LayerwiseRun run(String name) throws IOException {
    var file = folder.resolve("config.yaml");
    Files.writeString(
        file,
        """
        run: {name: depth, folder: %s, device: cpu, compute: float32}
        model:
          {width: 16, layers: 4, heads: 2, feed_forward_width: 32, context: 16, tied_head: false,
          time_conditioning: %s}
        tokenizer: {kind: bytes}
        data: {format: synthetic, validation: 0.01}
        objective: {kind: nelbo}
        optimizer: {learning_rate: 2e-2, warmup_steps: 1, ema_decay: 0.5}
        training: {batch: 4, log_every: 2, evaluate_every: 0}
        curriculum:
          %s
        """
            .formatted(
                folder.resolve("run"), CURRICULA.get(name).get(1), CURRICULA.get(name).get(0)));
    var config = TrainingConfig.load(file, List.of());
    return LayerwiseRun.open(
        config, (network, tokens) -> CurriculumPlanner.plan(config, network), false);
  }

  private static void train(LayerwiseRun run, Stage stage) throws IOException {
    try (var session = run.open(stage, true)) {
      while (!session.done()) {
        session.step();
      }
      session.finish();
    }
  }

  /** Canvases of one stage's mask ratio, asked at every mask about five tokens in turn. */
  private static List<TokenBatch> questions(LayerwiseRun run, double ratio) {
    var mask = run.network().maskToken();
    var random = new Random(Double.hashCode(ratio));
    var canvas = random.ints(CONTEXT, 0, 256).toArray();
    var masks = (int) Math.floor(ratio * CONTEXT);
    for (var i = 0; i < masks; i++) {
      canvas[i * CONTEXT / masks] = mask;
    }
    var rows = new int[masks];
    for (int i = 0, n = 0; i < CONTEXT; i++) {
      if (canvas[i] == mask) {
        rows[n++] = i;
      }
    }
    List<TokenBatch> questions = new ArrayList<>();
    for (var k = 0; k < 5; k++) {
      var targets = random.ints(masks, 0, 256).toArray();
      questions.add(new TokenBatch(1, CONTEXT, canvas, rows, targets, new float[masks]));
    }
    return questions;
  }

  /** The highest mask ratio that a stage's depth step reads; its own ratio. */
  private static List<TokenBatch> questions(LayerwiseRun run, Stage stage) {
    var curriculum = run.settings().curriculum();
    var depth = curriculum.depth(run.settings().objective().levels());
    return questions(run, depth.ratios().get(stage.trained().from() / curriculum.block()));
  }

  /** A stage's own forward pass, of what it has just committed. */
  private static List<float[]> own(LayerwiseRun run, Stage stage) {
    var layout = new StageLayout(stage, run.network());
    var weights = run.weights();
    var state = StageState.first(layout, weights, 1);
    try (var device = new StageOnDevice(kernels, layout, Numerics.exact(), weights, state)) {
      return questions(run, stage).stream().map(asked -> device.crossEntropy(asked, true)).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "suffix",
        "suffix, two blocks a stage",
        "suffix, told",
        "suffix, told by a row",
        "band, told",
        "prefix"
      })
  void theFusedModelTappedAtAnyDepthIsTheStageOfThatDepth(String name) throws IOException {
    var run = run(name);
    List<List<float[]>> staged = new ArrayList<>();
    List<float[]> heads = new ArrayList<>();
    for (var stage : run.stages()) {
      train(run, stage);
      staged.add(own(run, stage));
      var store = LayerStore.open(run.folder().resolve("layers"));
      heads.add(store.read("lm_head.weight"));
      heads.add(store.read("model.norm.weight"));
    }
    var model = ModelFolder.open(run.complete());
    var execution = DepthExecution.valueOf(name.split(",")[0].toUpperCase(java.util.Locale.ROOT));
    assertThat(model.config().depth().execution()).isEqualTo(execution);
    assertThat(model.config().depth().bands()).hasSize(name.contains("told") ? 4 : 0);

    try (var scorer = new ModelScorer(model, kernels)) {
      for (var i = 0; i < staged.size(); i++) {
        var questions = questions(run, run.stages().get(i));
        for (var k = 0; k < questions.size(); k++) {
          var found = scorer.crossEntropy(questions.get(k));
          var expected = staged.get(i).get(k);
          for (var row = 0; row < found.length; row++) {
            // Cross-entropies of about 5 nats, in float32, summed in another order.
            assertThat(found[row]).as("stage %d", i + 1).isCloseTo(expected[row], within(2e-5f));
          }
        }
      }
    }
    // One head for all depths: that of the first stage, and of the model.
    for (var i = 2; i < heads.size(); i++) {
      assertThat(heads.get(i)).isEqualTo(heads.get(i % 2));
    }
    assertThat(model.weights().tensor("lm_head.weight").toFloat32()).isEqualTo(heads.get(0));
  }

  /** What stands beside it are other stages' networks: the test above could tell them apart. */
  @Test
  void stagesOfOtherDepthsComputeSomethingElse() throws IOException {
    var run = run("suffix");
    for (var stage : run.stages()) {
      train(run, stage);
    }
    var asked = questions(run, 0.4).get(0);
    var first = own(run, run.stages().get(3), asked);
    for (var i = 0; i < 3; i++) {
      var other = own(run, run.stages().get(i), asked);
      var apart = 0.0;
      for (var row = 0; row < first.length; row++) {
        apart = Math.max(apart, Math.abs(first[row] - other[row]));
      }
      assertThat(apart).isGreaterThan(1e-3);
    }
  }

  private static float[] own(LayerwiseRun run, Stage stage, TokenBatch asked) {
    var layout = new StageLayout(stage, run.network());
    var state = StageState.first(layout, run.weights(), 1);
    try (var device = new StageOnDevice(kernels, layout, Numerics.exact(), run.weights(), state)) {
      return device.crossEntropy(asked, true);
    }
  }

  /** What a step predicts while a text is written is what the model is judged by. */
  @ParameterizedTest
  @ValueSource(strings = {"suffix, told", "suffix, told by a row", "band, told", "prefix"})
  void theStepsThatWriteAreThoseThatTheModelIsJudgedBy(String name) throws IOException {
    var run = run(name);
    for (var stage : run.stages()) {
      train(run, stage);
    }
    var model = ModelFolder.open(run.complete());
    var options = DecodeOptions.DEFAULTS.withMinTokens(CONTEXT).withSampling(Sampling.GREEDY);
    var plan = DecodePlan.of(List.of(new Segment.Masked(CONTEXT)), model.config(), options, 1);
    List<Integer> steps = new ArrayList<>();
    try (var scorer = new ModelScorer(model, kernels);
        var writer =
            Networks.denoiser(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
      for (var state = DecodeState.start(plan); !state.done(); ) {
        var task = state.next();
        var masks =
            Arrays.stream(task.canvas()).filter(id -> id == model.config().maskToken()).count();
        assertThat(model.config().depth().step((double) masks / CONTEXT))
            .isEqualTo(task.depth().orElseThrow().step());
        steps.add(task.depth().orElseThrow().step());
        var found = writer.denoise(List.of(task)).get(0);
        var right = found.tokens();
        var ends = new int[right.length];
        Arrays.fill(ends, model.config().endToken());
        var losses = scorer.crossEntropy(asked(task.canvas(), found.positions(), right));
        var barred = scorer.crossEntropy(asked(task.canvas(), found.positions(), ends));
        for (var i = 0; i < losses.length; i++) {
          // Written texts have no end among the first tokens, and its share is the others'.
          var expected = Math.exp(-losses[i]) / (1 - Math.exp(-barred[i]));
          assertThat((double) found.confidences()[i]).isCloseTo(expected, within(1e-5));
        }
        state = state.advance(found).state();
      }
    }
    assertThat(steps).containsExactly(0, 1, 2, 3);
  }

  private static TokenBatch asked(int[] canvas, int[] rows, int[] targets) {
    return new TokenBatch(1, CONTEXT, canvas, rows, targets, new float[rows.length]);
  }

  @Test
  void everyStepOfAHybridIsToldTheBandThatItsStageWasTrainedOn() throws IOException {
    var run = run("suffix, told");
    for (var stage : run.stages()) {
      train(run, stage);
    }
    var bands = ModelFolder.open(run.complete()).config().depth().bands();
    var stages = run.stages();
    for (var place = 0; place < 4; place++) {
      var stage = stages.get(3 - place); // from right to left
      assertThat(bands.get(place))
          .isEqualTo(new DepthTime.Band(stage.lowestRatio(), stage.highestRatio()));
    }
  }
}
