package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.nn.DepthExecution;
import io.redraft.server.TinyModels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code generate --execution} as its user has it. */
class DepthOptionsTest {
  @TempDir static Path root;
  private static Path deep;
  private static Path plain;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeModels() throws Exception {
    deep = TinyModels.deep(root.resolve("deep"), DepthExecution.LOCAL);
    plain = TinyModels.denoiser(root.resolve("plain"));
  }

  @Test
  void theModelSaysWhichBlocksRunWhereTheRequestDoesNot() throws Exception {
    assertThat(text(deep)).isEqualTo(text(deep, "--execution", "local")).startsWith("Once");
    assertThat(List.of(text(deep, "--execution", "suffix"), text(deep, "--execution", "band")))
        .doesNotContain(text(deep));
    Path wishing = TinyModels.deep(root.resolve("wishing"), DepthExecution.LOCAL);
    Files.writeString(
        wishing.resolve("generation_config.json"), "{\"execution\": \"band\", \"steps\": 6}");
    assertThat(text(wishing)).isEqualTo(text(deep, "--execution", "band", "--steps", "6"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void takesAsManyPassesAsTheModelHasDepthSteps() {
    // One step a mask is what other models take: here 3, and 12 where they are asked for.
    assertThat(text(deep, "--json", "--min-tokens", "40")).contains("\"forwards\":3,");
    assertThat(text(deep, "--json", "--min-tokens", "40", "--steps", "12"))
        .contains("\"forwards\":12,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --steps=2                  | --steps is 2; allowed: 3 or more, the depth steps of this model (depth_ratios)
          --block=8                  | --block is 8; allowed: 0, for a model with depth_ratios
          --grid=cosine              | --grid is cosine; allowed: uniform, for a model with depth_ratios
          --policy=ancestral         | --policy is ancestral; allowed: one that goes by a number or confidence
          --guidance=1               | --guidance is 1.0; allowed: 0 (off), for a model with depth_ratios
          --remask=0.3               | --remask is 0.3; allowed: none, for a model with depth_ratios
          --execution=sideways       | '--execution': expected one of
          """)
  void whatDepthLeavesNoRoomForIsOneLineAndExitCodeTwo(String option, String message) {
    assertThat(run(deep, option)).isEqualTo(2);
    assertThat(err.toString()).contains(message).hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void anOrdinaryModelHasNoExecution() {
    assertThat(run(plain, "--execution", "suffix")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--execution is suffix; allowed: none, without depth_ratios");
  }

  private String text(Path model, String... options) {
    out.getBuffer().setLength(0);
    assertThat(run(model, options)).as(() -> err.toString()).isZero();
    return out.toString();
  }

  private int run(Path model, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("generate", "--model", model.toString(), "--length", "40", "--seed", "3"));
    arguments.addAll(List.of(options));
    arguments.add("Once");
    return Main.run(
        arguments.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
