package io.redraft.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.serve.ServedTexts;
import io.redraft.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands over a real network, small and random. */
class BenchCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void serveMeasuresStepsAndStreams() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var json = folder.resolve("serve.json");
    assertThat(run("serve", "--model", model, "--seconds", "0", "--json", json))
        .as(() -> err.toString())
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.at("/model/name").asText()).isEqualTo("tiny");
    assertThat(report.at("/step/milliseconds/LOOPBACK/values")).hasSize(3);
    assertThat(report.at("/streams/16 tokens, 16/tokensPerSecond/median").asDouble()).isPositive();
    assertThat(out.toString()).contains("Every text equals the one that its seed gives alone.");
  }

  @Test
  void serveMeasuresWaysOfWritingInBlocksSideBySide() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var json = folder.resolve("blocks.json");
    String[] ways = {"--block", "4,8", "--cache", "none,dual", "--threshold", "none,0.1"};
    assertThat(
            run(
                "serve",
                "--model",
                model,
                "--seconds",
                "0",
                "--json",
                json,
                "--streams",
                "1,2",
                ways[0],
                ways[1],
                ways[2],
                ways[3],
                ways[4],
                ways[5]))
        .as(() -> err.toString())
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.has("step")).isFalse();
    assertThat(report.get("streams")).hasSize(2 * 2 * 2 * 2);
    var one = report.at("/streams/16 tokens, block 4, cache dual, 1/tokensPerForward");
    assertThat(one.get("median").asDouble()).isEqualTo(1);
    var sure = report.at("/streams/16 tokens, block 8, cache dual, threshold 0.1, 2");
    assertThat(sure.at("/tokensPerForward/median").asDouble()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void samplesAreAllSeedsInOrderAndTheSameEveryTime() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var words = Files.writeString(folder.resolve("words"), "a\n");
    var json = folder.resolve("samples.json");
    for (int time = 0; time < 2; time++) {
      assertThat(
              run(
                  "samples",
                  "--model",
                  model,
                  "--samples",
                  "18",
                  "--seed",
                  "7",
                  "--dictionary",
                  words,
                  "--json",
                  json.resolveSibling(time + ".json"),
                  "--print"))
          .isZero();
    }
    var first = new ObjectMapper().readTree(folder.resolve("0.json").toFile());
    var second = new ObjectMapper().readTree(folder.resolve("1.json").toFile());
    assertThat(first.get("texts")).hasSize(18);
    assertThat(first.at("/texts/0/seed").asLong()).isEqualTo(7);
    assertThat(first.at("/texts/17/seed").asLong()).isEqualTo(24);
    assertThat(first.get("texts")).isEqualTo(second.get("texts"));
    assertThat(first.get("metrics")).isEqualTo(second.get("metrics"));
    assertThat(first.at("/metrics/texts").asInt()).isEqualTo(18);
    assertThat(out.toString()).contains("[seed 24]", "words in the dictionary");
  }

  @Test
  void trainMeasuresStepsBesideTheirMatrixProducts() throws Exception {
    var json = folder.resolve("train.json");
    assertThat(
            run(
                "train",
                "--device",
                "cpu",
                "--batch",
                "2",
                "--length",
                "16",
                "--width",
                "32",
                "--layers",
                "1",
                "--heads",
                "2",
                "--vocabulary",
                "64",
                "--steps",
                "2",
                "--rounds",
                "2",
                "--json",
                json))
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    for (String variant : new String[] {"whole sequence", "masked rows", "matrix products"}) {
      var seconds = report.at("/seconds/" + variant + "/values");
      assertThat(seconds).as(variant).hasSize(2);
      assertThat(seconds).allMatch(value -> value.asDouble() > 0);
    }
    assertThat(report.at("/shape/layers").asInt()).isEqualTo(1);
    assertThat(out.toString()).contains("CUDA graphs off");
  }

  @Test
  void kernelsMeasurePassesOfANetworkOfAnySizeAndItsMemory() throws Exception {
    var json = folder.resolve("passes.json");
    String[] sizes = {"--shape", "2x32x2x64x99", "--canvases", "1x16,2x24", "--rows", "4"};
    assertThat(
            run(
                "kernels",
                sizes[0],
                sizes[1],
                sizes[2],
                sizes[3],
                sizes[4],
                sizes[5],
                "--block",
                "8",
                "--device",
                "cpu",
                "--compute",
                "float32",
                "--rounds",
                "2",
                "--json",
                json))
        .as(() -> err.toString())
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    for (String canvases : new String[] {"1x16", "2x24"}) {
      var passes = report.at("/passes/" + canvases);
      assertThat(passes.get("seconds")).hasSize(4);
      assertThat(passes.at("/seconds/most probable tokens/values")).hasSize(2);
      assertThat(passes.at("/needed/weights").asLong()).isPositive();
    }
    assertThat(report.at("/difference from float32 on the CPU").asDouble()).isLessThan(1e-4);
    assertThat(out.toString()).contains("Milliseconds of a pass", "over the sum");
  }

  @Test
  void wrongSizesOfPassesAreOneLine() {
    String[] sized = {"kernels", "--canvases", "2x16", "--shape"};
    assertThat(run(sized[0], sized[1], sized[2])).isEqualTo(2);
    assertThat(run(sized[0], sized[1], sized[2], sized[3], "11M 1x32")).isEqualTo(2);
    assertThat(run(sized[0], sized[1], "16", sized[3], "2x32x2x64x99")).isEqualTo(2);
    assertThat(run(sized[0], sized[1], sized[2], sized[3], "2x32x2x64x99")).isEqualTo(2);
    assertThat(
            run(sized[0], sized[1], sized[2], sized[3], "2x32x2x64x99", "--rows", 4, "--block", 2))
        .isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--shape is missing; allowed: LAYERSx"),
            line -> assertThat(line).contains("--shape is 11M 1x32; allowed: LAYERSx"),
            line -> assertThat(line).contains("--canvases is 16; allowed: CANVASESxTOKENS"),
            line -> assertThat(line).contains("--rows is 32; allowed: 1 to 16"),
            line -> assertThat(line).contains("--block is 2; allowed: 4 to 16"));
  }

  @Test
  void wrongInputIsOneLineThatNamesTheOption() {
    assertThat(run("train", "--heads", "3")).isEqualTo(2);
    assertThat(run("train", "--rounds", "0")).isEqualTo(2);
    assertThat(run("serve", "--seconds", "-1")).isEqualTo(2);
    assertThat(run("serve", "--steps", "0")).isEqualTo(2);
    assertThat(run("serve", "--streams", "2,4")).isEqualTo(2);
    assertThat(run("serve", "--cache", "dual")).isEqualTo(2);
    assertThat(run("serve", "--block", "4", "--cache", "both")).isEqualTo(2);
    assertThat(run("serve", "--threshold", "2")).isEqualTo(2);
    assertThat(run("serve", "--model", folder, "--compute", "int3")).isEqualTo(2);
    assertThat(run("serve", "--model", folder.resolve("none"))).isEqualTo(2);
    assertThat(run("samples", "--samples", "0")).isEqualTo(2);
    assertThat(run("samples", "--dictionary", folder)).isEqualTo(2);
    assertThat(run("nothing")).isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--heads is 3; allowed: a divisor of --width (512)"),
            line -> assertThat(line).contains("--rounds is 0"),
            line -> assertThat(line).contains("--seconds is -1"),
            line -> assertThat(line).contains("--steps is 0"),
            line -> assertThat(line).contains("--streams is [2, 4]"),
            line -> assertThat(line).contains("--cache is dual; allowed: none, without blocks"),
            line -> assertThat(line).contains("--cache is both; allowed: none, prefix, dual"),
            line -> assertThat(line).contains("--threshold is 2; allowed: none, or more than 0"),
            line -> assertThat(line).contains("int3"),
            line -> assertThat(line).contains("none is missing"),
            line -> assertThat(line).contains("--samples is 0"),
            line -> assertThat(line).contains("--dictionary is " + folder),
            line -> assertThat(line).contains("nothing"));
  }

  @Test
  void everyMeasurementHasHelpWithExamples() {
    for (String what : new String[] {"serve", "samples", "startup", "train"}) {
      assertThat(run(what, "--help")).isZero();
    }
    assertThat(out.toString().split("Examples:", -1)).hasSize(5);
  }

  private int run(Object... options) {
    String[] args = new String[options.length + 1];
    args[0] = "bench";
    for (int i = 0; i < options.length; i++) {
      args[i + 1] = options[i].toString();
    }
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }
}
