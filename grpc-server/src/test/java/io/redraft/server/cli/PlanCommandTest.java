package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCommandTest {
  private static final Path EXAMPLES = Path.of("").toAbsolutePath().getParent().resolve("examples");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int plan(String example, String... more) {
    var arguments = new String[more.length + 2];
    arguments[0] = "plan";
    arguments[1] = EXAMPLES.resolve(example + ".yaml").toString();
    System.arraycopy(more, 0, arguments, 2, more.length);
    return Main.run(arguments, new PrintWriter(out), new PrintWriter(err));
  }

  private JsonNode json() throws Exception {
    return new ObjectMapper().readTree(out.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "layerwise-append, 5, append-0, 150",
    "layerwise-append-unfrozen, 6, append-0, 150",
    "depth-as-time, 7, prepend-5, 210",
    "hybrid, 6, prepend-3, 155",
    "hybrid-told, 4, prepend-3, 120",
    "append-depth, 4, append-0, 120",
    "noise-bands, 4, band-3, 120",
    "layerwise-70b, 80, append-0, 1600"
  })
  void everyExampleOfACurriculumIsPlanned(String example, int stages, String first, long steps)
      throws Exception {
    assertThat(plan(example, "--json", "--memory", "141GB", "--flops", "700e12"))
        .as(err::toString)
        .isZero();
    assertThat(json().path("stages")).hasSize(stages);
    assertThat(json().path("stages").path(0).path("name").asText()).isEqualTo(first);
    assertThat(json().path("steps").asLong()).isEqualTo(steps);
    var covered = new boolean[80];
    json()
        .path("stages")
        .forEach(
            stage -> {
              for (var b = stage.at("/trained/0").asInt();
                  b < stage.at("/trained/1").asInt();
                  b++) {
                covered[b] = true;
              }
            });
    var end = json().path("stages").path(stages - 1).path("executed").path(1).asInt();
    for (var block = 0; block < end; block++) {
      assertThat(covered[block]).as("block " + block).isTrue();
    }
  }

  @Test
  void aStageOf70BillionParametersFitsOneGpuThatTheWholeDoesNot() throws Exception {
    assertThat(plan("layerwise-70b", "--json", "--memory", "141GB", "--flops", "700e12")).isZero();
    // Blocks of 855.7 M, one table of 128000 x 8192.
    assertThat(json().path("parameters").asLong()).isEqualTo(69_500_936_192L);
    assertThat(json().path("most_memory").asLong()).isLessThan(141_000_000_000L);
    assertThat(json().at("/end_to_end/total").asLong()).isGreaterThan(22 * 69_500_936_192L);
    var later = json().path("stages").path(40);
    assertThat(later.path("cached").asBoolean()).isTrue();
    assertThat(later.path("trained_parameters").asLong())
        .isEqualTo(2L * 8192 * 8192 + 2L * 8192 * 1024 + 3L * 8192 * 28672 + 2 * 8192);
  }

  @Test
  void aStageThatDoesNotFitEndsWithItsNameItsBytesAndWhatIsAllowed() {
    assertThat(plan("layerwise-70b", "--memory", "50 GB", "--flops", "700e12")).isEqualTo(2);
    assertThat(err.toString())
        .containsPattern(
            "stage 1, append-0, is 5\\d{10} bytes \\(\\d\\d\\.\\d GiB\\); allowed: 50000000000 bytes");
    assertThat(out.toString()).contains("1 append-0", "80 append-79");
  }

  @Test
  void aStageWithMoreWeightsThanOneArrayHoldsIsRefused() {
    assertThat(
            plan(
                "layerwise-70b",
                "--memory",
                "141GB",
                "--flops",
                "700e12",
                "--set",
                "model.tied_head=false"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "stage 1, append-0, is 2952814592 weights that learn; allowed: at most 2147483639");
  }

  @Test
  void aTableHasARowAStageAndWhatTheWholeNeeds() {
    assertThat(plan("depth-as-time", "--memory", "1 GiB", "--flops", "1e12")).isZero();
    assertThat(out.toString().lines().filter(line -> line.matches("\\d prepend-\\d .*")))
        .hasSize(6)
        .element(5)
        .asString()
        .startsWith("6 prepend-0  0-5       0             1.00     30     356,288     70,912");
    assertThat(out.toString()).contains("most memory ", "% of 1.0 GiB", "end to end ", "time ");
  }

  @Test
  void theCacheOfTheHeldOutTextIsCountedWhereTheTextIsRead() throws Exception {
    String[] device = {"--memory", "1 GiB", "--flops", "1e12"};
    assertThat(plan("layerwise-append", device[0], device[1], device[2], device[3])).isZero();
    assertThat(out.toString())
        .containsPattern("held-out +\\d+\\.\\d KiB more, of the held-out text");

    out.getBuffer().setLength(0);
    assertThat(plan("layerwise-append", "--json", device[0], device[1], device[2], device[3]))
        .isZero();
    // Chunks of 64 tokens under 4 masks: 64 x 64 numbers of 2 bytes each, and 24 in the index.
    assertThat(json().path("held_out_cache").asLong()).isPositive();
    assertThat(json().path("held_out_cache").asLong() % (4 * (64 * 64 * 2 + 24))).isZero();

    out.getBuffer().setLength(0);
    var unread =
        new String[] {"--json", "--tokens", "1000", "--memory", "1 GiB", "--flops", "1e12"};
    assertThat(plan("layerwise-append", unread)).isZero();
    assertThat(json().path("held_out_cache").asLong(-1)).isZero();
  }

  @Test
  void whatIsNotGivenIsAskedOfTheDevice() throws Exception {
    assertThat(plan("noise-bands", "--json")).as(err::toString).isZero();
    assertThat(json().at("/device/memory").asLong()).isGreaterThan(1L << 28);
    assertThat(json().at("/device/flops").asDouble()).isGreaterThan(1e8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--memory | lots     | --memory is lots; allowed: a number of bytes such as",
        "--memory | 0        | --memory is 0; allowed: more than 0",
        "--flops  | 0        | --flops is 0.0; allowed: more than 0",
        "--tokens | 0        | --tokens is 0; allowed: 1 or more",
        "--set    | curriculum.ratios=[0.5, 0.5, 0.4, 0.3, 0.2, 0.1] | curriculum.ratios[1] is 0.5",
        "--set    | curriculum.direction=none | allowed: nothing, where curriculum.direction is none",
      })
  void wrongInputIsNamed(String option, String value, String message) {
    assertThat(plan("depth-as-time", option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void aRunWithoutACurriculumHasNoPlan() {
    assertThat(plan("train-smoke")).isEqualTo(2);
    assertThat(err.toString())
        .contains("curriculum.direction is none; allowed: left-to-right, right-to-left");
  }
}
