package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every example of a curriculum is trained in a few steps, and its model writes. */
class CurriculumExamplesTest {
  private static final Path EXAMPLES = Path.of("").toAbsolutePath().getParent().resolve("examples");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private void run(List<String> arguments) {
    out.getBuffer().setLength(0);
    var code =
        Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    assertThat(code).as(err::toString).isZero();
  }

  /**
   * Execution of the finished model, where depth is time in it, and stages that see some mask
   * ratios only.
   */
  @ParameterizedTest
  @CsvSource({
    "layerwise-append, none, 0",
    "layerwise-append-unfrozen, none, 0",
    "depth-as-time, none, 6",
    "hybrid, none, 5",
    "hybrid-told, suffix, 4",
    "append-depth, prefix, 4",
    "noise-bands, band, 4"
  })
  void isTrainedJudgedAtEveryStageAndWrites(String example, String execution, int partial)
      throws IOException {
    var run = folder.resolve("run");
    var train = new ArrayList<>(List.of("train", EXAMPLES.resolve(example + ".yaml").toString()));
    var yaml = Files.readString(EXAMPLES.resolve(example + ".yaml"));
    var settings =
        new ArrayList<>(
            List.of(
                "run.folder=" + run, "training.batch=4", "curriculum.steps=2", "model.width=16"));
    if (yaml.contains("joint_final")) {
      settings.add("curriculum.joint_final=2");
    }
    if (yaml.contains("joint: {")) {
      settings.add("curriculum.joint.steps=2");
    }
    settings.forEach(setting -> train.addAll(List.of("--set", setting)));
    run(train);

    assertThat(masked(run)).isEqualTo(partial);
    var model = run.resolve("model").toString();
    run(List.of("model", "describe", model));
    if (execution.equals("none")) {
      assertThat(out.toString()).doesNotContain("mask ratios");
    } else {
      assertThat(out.toString()).contains("mask ratios").contains("; " + execution);
    }
    run(List.of("generate", "--model", model, "--length", "12", "--min-tokens", "12"));
    assertThat(out.toString()).isNotBlank();
  }

  /** Stages that were judged by masked tokens alone; every one was judged. */
  private static int masked(Path run) throws IOException {
    var count = 0;
    try (var stages = Files.list(run.resolve("stages"))) {
      for (var stage : stages.toList()) {
        var lines = Files.readAllLines(stage.resolve("metrics.jsonl"));
        var last = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        assertThat(last.has("validation_bound") || last.has("validation_masked_cross_entropy"))
            .as(stage.toString())
            .isTrue();
        count += last.has("validation_masked_cross_entropy") ? 1 : 0;
      }
    }
    return count;
  }
}
