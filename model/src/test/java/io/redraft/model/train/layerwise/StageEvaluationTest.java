package io.redraft.model.train.layerwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.MaskedCrossEntropyEvaluator;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.train.ReferenceNetwork;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageEvaluationTest {
  private static final Map<String, String> CURRICULA =
      Map.of(
          "cached",
              "direction: left-to-right\n  embeddings: anchored\n  cache: disk\n"
                  + "  cache_realisations: 2\n  steps: 4",
          "cached-depth",
              "direction: left-to-right\n  time: depth\n  embeddings: anchored\n  cache: disk\n"
                  + "  steps: 4",
          "depth", "direction: right-to-left\n  steps: 4\n  joint_final: 2",
          "hybrid", "direction: right-to-left\n  time: hybrid\n  steps: 4",
          "bands", "direction: noise-bands\n  steps: 4");

  @TempDir Path folder;

  private TrainingConfig config(String name, String run, String... overrides) throws IOException {
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
          time_conditioning: %s
        tokenizer:
          kind: bytes
        data:
          format: synthetic
          validation: 0.01
        objective:
          kind: nelbo
        optimizer:
          learning_rate: 1e-2
          warmup_steps: 1
          ema_decay: 0.5
        training:
          batch: 4
          log_every: 2
          evaluate_every: 2
          evaluate_masks: 3
          checkpoint_every: 2
        curriculum:
          %s
        """
            .formatted(
                name,
                folder.resolve(run),
                name.equals("hybrid") ? "sinusoidal" : "none",
                CURRICULA.get(name)));
    return TrainingConfig.load(file, List.of(overrides));
  }

  private static LayerwiseRun open(TrainingConfig config, boolean resume) throws IOException {
    return LayerwiseRun.open(
        config, (network, tokens) -> CurriculumPlanner.plan(config, network), resume);
  }

  /** Trains a stage as its worker does, commits it, and returns what its evaluations found. */
  private static List<Evaluation> train(LayerwiseRun run, Stage stage) throws IOException {
    List<Evaluation> found = new ArrayList<>();
    try (var session = run.open(stage, true)) {
      while (!session.done()) {
        session.step();
        if (session.evaluationDue()) {
          found.add(session.evaluate());
        }
        if (session.checkpointDue()) {
          session.checkpoint();
        }
      }
      session.finish();
    }
    return found;
  }

  private static Map<String, float[]> layers(LayerwiseRun run) {
    var store = LayerStore.open(run.folder().resolve("layers"));
    Map<String, float[]> all = new HashMap<>();
    store.pieces().forEach(piece -> piece.tensors().forEach(t -> all.put(t.name(), t.toFloat32())));
    return all;
  }

  /** A stage's blocks in float64 loops, as what was committed has them. */
  private static TokenScorer reference(LayerwiseRun run, Stage stage) {
    var cached = stage.mechanics().cached();
    var first = cached ? 0 : stage.executed().from();
    var network = run.network().withLayers(stage.executed().to() - first);
    Map<String, double[]> weights = new HashMap<>();
    layers(run)
        .forEach(
            (name, values) -> {
              var parts = name.split("\\.", 4);
              var plain =
                  parts[1].equals("layers")
                      ? "model.layers." + (Integer.parseInt(parts[2]) - first) + "." + parts[3]
                      : name;
              weights.put(plain, ReferenceNetwork.widen(values));
            });
    return batch -> {
      var losses = new ReferenceNetwork(network, weights).crossEntropy(batch);
      var rounded = new float[losses.length];
      for (var i = 0; i < losses.length; i++) {
        rounded[i] = (float) losses[i];
      }
      return rounded;
    };
  }

  private static double expected(LayerwiseRun run, Stage stage, boolean bound) {
    var scorer = reference(run, stage);
    var text = run.data().validation();
    return bound
        ? new BoundEvaluator(scorer, run.network(), 8)
            .evaluate(text, 3, run.seed(), done -> {})
            .natsPerToken()
        : new MaskedCrossEntropyEvaluator(scorer, run.network(), 8)
            .evaluate(text, stage.lowestRatio(), stage.highestRatio(), 3, run.seed())
            .natsPerToken();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cached", "cached-depth", "depth", "hybrid", "bands"})
  void everyStageIsJudgedOnHeldOutTextAtItsOwnMaskRatios(String name) throws IOException {
    var run = open(config(name, "run"), false);
    for (var stage : run.stages()) {
      var found = train(run, stage);
      assertThat(found).as(stage.name()).hasSize((int) stage.steps() / 2);

      var last = found.get(found.size() - 1);
      var bound = name.equals("cached") || stage.name().equals("joint");
      assertThat(last.kind())
          .as(stage.name())
          .isEqualTo(bound ? Evaluation.Kind.BOUND : Evaluation.Kind.MASKED_CROSS_ENTROPY);
      if (!bound) {
        var range = last.byMaskRatio().get(0);
        assertThat(range.from()).isEqualTo(stage.lowestRatio());
        assertThat(range.to()).isEqualTo(stage.highestRatio());
      }
      // What was judged is what was committed; float32, and bfloat16 where a stream is cached.
      var tolerance = stage.mechanics().cached() ? 3e-3 : 2e-5;
      assertThat(last.natsPerToken())
          .as(stage.name())
          .isCloseTo(expected(run, stage, bound), within(tolerance));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cached", "cached-depth", "depth", "hybrid", "bands"})
  void evaluatingChangesNoBitOfWhatIsLearned(String name) throws IOException {
    var judged = open(config(name, "judged"), false);
    var left = open(config(name, "left", "training.evaluate_every=0"), false);
    for (var stage : judged.stages()) {
      assertThat(train(judged, stage)).isNotEmpty();
      assertThat(train(left, stage)).isEmpty();
    }
    var other = layers(left);
    layers(judged)
        .forEach((weight, values) -> assertThat(other.get(weight)).as(weight).isEqualTo(values));
  }

  @Test
  void aStageThatIsGoneOnWithIsJudgedAlikeAlsoWhereItsStreamsWereDamaged() throws IOException {
    var whole = open(config("cached", "whole"), false);
    var again = open(config("cached", "again"), false);
    for (var stage : whole.stages()) {
      var found = train(whole, stage);
      try (var session = again.open(stage, true)) {
        session.step(); // and no more: it dies
      }
      if (stage.mechanics().cached()) {
        try (var files = Files.walk(again.folder().resolve("held-out"))) {
          var streams = files.filter(file -> file.toString().endsWith(".bf16")).toList();
          assertThat(streams).isNotEmpty();
          for (var file : streams) {
            var bytes = Files.readAllBytes(file);
            bytes[5] ^= 1;
            Files.write(file, bytes);
          }
        }
      }
      assertThat(train(again, stage)).isEqualTo(found);
    }
  }

  /** Files of a folder that this process has open. */
  private static List<Path> open(Path folder) throws IOException {
    List<Path> open = new ArrayList<>();
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (var descriptor : descriptors.toList()) {
        try {
          var file = Files.readSymbolicLink(descriptor);
          if (file.startsWith(folder.toRealPath())) {
            open.add(file);
          }
        } catch (NoSuchFileException closedMeanwhile) {
          // that of this list, for one
        }
      }
    }
    return open;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aStageThatCannotBeginLeavesNoFileOfItsStreamsOpen() throws IOException {
    var run = open(config("cached", "run"), false);
    train(run, run.stages().get(0));
    var stage = run.stages().get(1);
    var metrics = run.folderOf(stage).metrics();
    Files.createDirectories(metrics); // which is opened last

    assertThatThrownBy(() -> run.open(stage, true)).isInstanceOf(IOException.class);
    assertThat(run.folder().resolve("cache")).isNotEmptyDirectory();
    assertThat(run.folder().resolve("held-out")).isNotEmptyDirectory();
    assertThat(open(run.folder().resolve("cache"))).isEmpty();
    assertThat(open(run.folder().resolve("held-out"))).isEmpty();

    Files.delete(metrics);
    try (var session = run.open(stage, true)) {
      session.step();
      assertThat(open(run.folder().resolve("cache"))).as("what this test looks for").isNotEmpty();
    }
  }

  @Test
  void metricsAndReportCallItCrossEntropyAndNoBound() throws IOException {
    var run = open(config("depth", "run"), false);
    var stage = run.stages().get(0);
    var found = train(run, stage).get(1);

    var lines = Files.readAllLines(run.folderOf(stage).metrics());
    var line = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertThat(line.path("step").asLong()).isEqualTo(4);
    assertThat(line.path("validation_masked_cross_entropy").asDouble())
        .isEqualTo(found.natsPerToken());
    assertThat(line.path("lowest_mask_ratio").asDouble()).isCloseTo(0.15, within(1e-12));
    assertThat(line.path("highest_mask_ratio").asDouble()).isCloseTo(0.15, within(1e-12));
    assertThat(line.path("masked_tokens").asLong()).isEqualTo(found.tokens());
    assertThat(line.has("validation_bound")).isFalse();
    assertThat(line.has("validation_bits_per_byte")).isFalse();

    assertThat(Files.readString(run.folderOf(stage).report()))
        .contains("validation masked cross-entropy")
        .contains(
            "%.4f nats a token that is masked, at mask ratios of 0.150 to 0.150; no bound"
                .formatted(found.natsPerToken()))
        .doesNotContain("validation bound");
  }

  @Test
  void streamsOfTheHeldOutTextThatAreLargerThanTheCacheMayBeAreRefusedAtOnce() throws IOException {
    var config =
        config("cached", "run", "training.evaluate_masks=100000", "curriculum.cache_limit=100 MiB");
    assertThatThrownBy(() -> open(config, false))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("training.evaluate_masks")
        .hasMessageContaining("curriculum.cache_limit")
        .hasMessageContaining("104857600");
  }
}
