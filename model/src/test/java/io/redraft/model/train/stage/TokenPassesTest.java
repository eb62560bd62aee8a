package io.redraft.model.train.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.train.config.Configs;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.CurriculumPlanner;
import io.redraft.model.train.curriculum.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenPassesTest {
  private static final Path EXAMPLES = Path.of("..", "examples", "shakespeare-layerwise");

  private static TrainingConfig config(String... overrides) {
    return Configs.of(
        """
        data: {format: synthetic}
        model: {width: 16, heads: 2, layers: 4, context: 8, tied_head: false}
        training: {batch: 3, accumulate: 2}
        """,
        List.of(overrides));
  }

  private static List<Stage> stages(TrainingConfig config) {
    return CurriculumPlanner.plan(config, config.model().network(258, 257, 256));
  }

  /** Thirds of a token-pass in a step, summed over the stages by hand; a step has 3·2·8 tokens. */
  @ParameterizedTest
  @CsvSource({
    // Stage k learns one block behind k that are computed: 4 · 3 + (0 + 1 + 2 + 3) · 1.
    "left-to-right, curriculum.embeddings=anchored, 18",
    // Embeddings that learn have the gradient pass the frozen blocks: 4 · 3 + 6 · 2.
    "left-to-right, curriculum.head=trained, 24",
    "right-to-left, curriculum.head=anchored, 24",
    // 1 + 2 + 3 + 4 blocks that learn.
    "left-to-right, curriculum.freeze=false, 30",
    "noise-bands, curriculum.head=anchored, 12",
  })
  void aRunSumsUpWhatItsStagesCompute(String direction, String more, int thirds) {
    var config = config("curriculum.direction=" + direction, more, "curriculum.steps=5");
    assertThat(TokenPasses.of(config, stages(config)))
        .isCloseTo(5 * 48 * thirds / 3.0, within(1e-9));
  }

  @Test
  void anEndToEndRunPassesEveryTokenThroughEveryLayer() {
    assertThat(TokenPasses.endToEnd(config("training.steps=5"))).isEqualTo(4 * 5 * 48);
  }

  @Test
  void whatIsComparedOnShakespeareHasEquallyManyTokenPasses() throws IOException {
    Map<String, Double> passes = new TreeMap<>();
    try (var files = Files.list(EXAMPLES)) {
      for (var file : files.toList()) {
        var config = TrainingConfig.load(file, List.of());
        passes.put(
            file.getFileName().toString(),
            config.curriculum().none()
                ? TokenPasses.endToEnd(config)
                : TokenPasses.of(config, stages(config)));
      }
    }
    assertThat(passes).hasSize(6);
    var endToEnd = passes.get("end-to-end.yaml");
    assertThat(endToEnd).isEqualTo(1200.0 * 6 * 128 * 256);
    passes.forEach(
        (file, found) -> assertThat(found / endToEnd).as(file).isCloseTo(1, within(0.02)));
  }

  @Test
  void whatIsComparedOnShakespeareDiffersInCurriculumAndObjectiveOnly() throws IOException {
    var endToEnd = TrainingConfig.load(EXAMPLES.resolve("end-to-end.yaml"), List.of());
    var whole = TrainingConfig.load(Path.of("..", "examples", "shakespeare.yaml"), List.of());
    assertThat(endToEnd.model()).isEqualTo(whole.model());
    assertThat(endToEnd.tokenizer()).isEqualTo(whole.tokenizer());
    assertThat(endToEnd.data()).isEqualTo(whole.data());
    try (var files = Files.list(EXAMPLES)) {
      for (var file : files.toList()) {
        var config = TrainingConfig.load(file, List.of());
        assertThat(config.model()).as(file.toString()).isEqualTo(endToEnd.model());
        assertThat(config.data()).as(file.toString()).isEqualTo(endToEnd.data());
        assertThat(config.optimizer()).as(file.toString()).isEqualTo(endToEnd.optimizer());
        assertThat(TokenPasses.tokens(config, 1)).as(file.toString()).isEqualTo(128 * 256);
      }
    }
  }

  @Test
  void jointPhasesTakeTheShareThatTheTableNames() throws IOException {
    var shares =
        Map.of("append", 0.3, "append-unfrozen", 0.15, "depth-as-time", 0.3, "hybrid", 0.3);
    for (var name : shares.keySet()) {
      var config = TrainingConfig.load(EXAMPLES.resolve(name + ".yaml"), List.of());
      var stages = stages(config);
      var joint = stages.get(stages.size() - 1);
      assertThat(joint.kind()).isEqualTo(Stage.Kind.JOINT);
      var share = TokenPasses.of(config, List.of(joint)) / TokenPasses.of(config, stages);
      assertThat(share).as(name).isCloseTo(shares.get(name), within(0.005));
    }
  }
}
