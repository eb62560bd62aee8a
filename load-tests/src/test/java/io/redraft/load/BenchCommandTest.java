package io.redraft.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
    var prompts = Files.writeString(folder.resolve("prompts"), "a\n");
    assertThat(
            run(
                "serve",
                "--model",
                model,
                "--parts",
                "overhead,streams",
                "--prompts",
                prompts,
                "--against",
                "threshold=0.9/4/dual",
                "--seconds",
                "0",
                "--json",
                json))
        .as(() -> err.toString())
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.at("/model/name").asText()).isEqualTo("tiny");
    assertThat(report.at("/step/milliseconds/LOOPBACK/values")).hasSize(3);
    assertThat(report.get("crowd")).hasSize(2);
    assertThat(report.at("/crowd/16 tokens, threshold=0.9/4/dual").isMissingNode()).isTrue();
    var crowd = report.get("crowd").get("16 tokens, threshold=0.9/4/dual");
    assertThat(crowd.at("/step/values")).hasSize(3);
    assertThat(crowd.at("/share").asDouble()).isBetween(0., 1.);
    assertThat(report.at("/streams/16 tokens, 16/tokensPerSecond/median").asDouble()).isPositive();
    assertThat(out.toString()).contains("Every text equals the one that its seed gives alone.");
  }

  @Test
  void serveMeasuresQualityACausalModelAndEquality() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var causal = ServedTexts.causalFolder(folder.resolve("causal"));
    var prompts = Files.writeString(folder.resolve("prompts"), "a\nbc\n");
    var json = folder.resolve("parts.json");
    Object[] options = {
      "serve",
      "--model",
      model,
      "--parts",
      "equality,causal,frontier",
      "--causal",
      causal,
      "--judge",
      causal,
      "--prompts",
      prompts,
      "--ways",
      "threshold=0.01/8/dual,confidence/4/dual",
      "--texts",
      "3",
      "--streams",
      "1,2",
      "--rounds",
      "2",
      "--crowds",
      "2,5",
      "--compute",
      "float32",
      "--json",
      json
    };
    assertThat(run(options)).as(() -> err.toString()).isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    var ways = report.at("/frontier/ways");
    // One token a step in the model's own block (0, all) and in blocks of 32 come by themselves.
    assertThat(ways.fieldNames())
        .toIterable()
        .containsExactly(
            "confidence=1/0/none",
            "confidence=1/32/none",
            "threshold=0.01/8/dual",
            "confidence=1/4/dual");
    var reference = ways.get("confidence=1/0/none");
    assertThat(reference.get("texts")).hasSize(3);
    assertThat(reference.get("tokensPerPass").asDouble()).isEqualTo(1);
    assertThat(reference.get("blockPassMilliseconds").isNull()).isTrue();
    // 15, 14 and 15 masks in blocks of 4 are four whole passes each; the rest are blocks' own.
    var cached = ways.get("confidence=1/4/dual");
    assertThat(cached.get("wholePassesPerText").asDouble()).isEqualTo(4);
    assertThat(cached.get("blockPassesPerText").asDouble()).isEqualTo(44. / 3 - 4);
    double nats = 0;
    double tokens = 0;
    for (var text : cached.get("texts")) {
      nats += text.at("/verdict/nats").asDouble();
      tokens += text.at("/verdict/tokens").asDouble();
    }
    assertThat(cached.get("generativePerplexity").asDouble())
        .isCloseTo(Math.exp(nats / tokens), within(1e-9));
    var same = report.at("/frontier/beside").get("confidence=1/0/none").get("confidence=1/0/none");
    assertThat(same.get("grade").asText()).isEqualTo("EQUAL");
    assertThat(same.at("/generativePerplexity/value").asDouble()).isEqualTo(1);

    assertThat(report.at("/causal/causal, key~1value cache/2/tokensPerSecond/values")).hasSize(2);
    assertThat(report.at("/causal/denoiserOverCausal/1").asDouble()).isPositive();
    assertThat(report.at("/equality/float32/requests").asInt()).isEqualTo(6);
    assertThat(report.at("/equality/float32/compared").asInt()).isEqualTo(12);
    assertThat(report.at("/equality/float32/different").asInt()).isZero();
    assertThat(report.get("equality")).hasSize(1);
    assertThat(out.toString()).contains("Fastest whose texts are equal", "denoiser over causal");
  }

  @Test
  void batchInvarianceIsComparedWhereNumbersAreRounded() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var json = folder.resolve("equality.json");
    Object[] options = {
      "serve",
      "--model",
      model,
      "--parts",
      "equality",
      "--texts",
      "4",
      "--crowds",
      "3,6",
      "--compute",
      "bfloat16",
      "--json",
      json,
      "--prompts",
      Files.writeString(folder.resolve("p"), "a")
    };
    assertThat(run(options)).as(() -> err.toString()).isZero();
    var alone = new ObjectMapper().readTree(json.toFile()).get("equality");
    assertThat(alone.get("bfloat16").get("compared").asInt()).isEqualTo(16);
    var switched = alone.get("bfloat16, batch_invariant");
    assertThat(switched.get("compared").asInt()).isEqualTo(8);
    assertThat(switched.get("different").asInt()).isZero();
    assertThat(switched.get("passes").fieldNames()).toIterable().containsExactly("1");
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
  void cacheMeasuresReadingStreamsBesideComputingThemAndRemovesItsFiles() throws Exception {
    var json = folder.resolve("cache.json");
    var files = Files.createDirectory(folder.resolve("files"));
    assertThat(
            run(
                "cache",
                "--width",
                "16",
                "--heads",
                "2",
                "--layers",
                "2",
                "--length",
                "8",
                "--samples",
                "20",
                "--folder",
                files,
                "--json",
                json))
        .as(() -> err.toString())
        .isZero();
    var seconds = new ObjectMapper().readTree(json.toFile()).get("seconds");
    assertThat(seconds).hasSize(3);
    seconds.forEach(variant -> assertThat(variant.at("/values")).hasSize(5));
    assertThat(files).isEmptyDirectory();
    assertThat(run("cache", "--samples", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--samples is 0; allowed: 1 or more");
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
    assertThat(run("serve", "--parts", "speed")).isEqualTo(2);
    assertThat(run("serve", "--ways", "threshold=0.9")).isEqualTo(2);
    assertThat(run("serve", "--against", "wild/4/none")).isEqualTo(2);
    assertThat(run("serve", "--texts", "0")).isEqualTo(2);
    assertThat(run("serve", "--length", "-1")).isEqualTo(2);
    assertThat(run("serve", "--prompts", folder)).isEqualTo(2);
    assertThat(run("serve", "--crowds", "1,2")).isEqualTo(2);
    assertThat(run("serve", "--rounds", "0")).isEqualTo(2);
    assertThat(run("serve", "--top-p", "0")).isEqualTo(2);
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
            line -> assertThat(line).contains("--parts is speed; allowed: overhead, streams"),
            line -> assertThat(line).contains("--ways is threshold=0.9; allowed: POLICY"),
            line -> assertThat(line).contains("--against is wild/4/none; policy is wild; allowed"),
            line -> assertThat(line).contains("--texts is 0"),
            line -> assertThat(line).contains("--length is -1"),
            line -> assertThat(line).contains("--prompts is " + folder),
            line -> assertThat(line).contains("--crowds is 1"),
            line -> assertThat(line).contains("--rounds is 0"),
            line -> assertThat(line).contains("--top-p is 0.0"),
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
