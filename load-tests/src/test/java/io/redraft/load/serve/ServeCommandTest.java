package io.redraft.load.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of a measurement over a real network, small and random. */
class ServeCommandTest {
  @TempDir private Path folder;
  private final Bench bench = new Bench();

  @Test
  void serveMeasuresStepsAndStreams() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var json = folder.resolve("serve.json");
    var prompts = Files.writeString(folder.resolve("prompts"), "a\n");
    assertThat(
            bench.run(
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
        .as(bench::err)
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
    assertThat(bench.out()).contains("Every text equals the one that its seed gives alone.");
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
    assertThat(bench.run(options)).as(bench::err).isZero();

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
    assertThat(bench.out()).contains("Fastest whose texts are equal", "denoiser over causal");
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
    assertThat(bench.run(options)).as(bench::err).isZero();
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
            bench.run(
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
        .as(bench::err)
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
  void wrongInputIsOneLineThatNamesTheOption() {
    assertThat(bench.run("serve", "--seconds", "-1")).isEqualTo(2);
    assertThat(bench.run("serve", "--steps", "0")).isEqualTo(2);
    assertThat(bench.run("serve", "--streams", "2,4")).isEqualTo(2);
    assertThat(bench.run("serve", "--cache", "dual")).isEqualTo(2);
    assertThat(bench.run("serve", "--block", "4", "--cache", "both")).isEqualTo(2);
    assertThat(bench.run("serve", "--threshold", "2")).isEqualTo(2);
    assertThat(bench.run("serve", "--parts", "speed")).isEqualTo(2);
    assertThat(bench.run("serve", "--ways", "threshold=0.9")).isEqualTo(2);
    assertThat(bench.run("serve", "--against", "wild/4/none")).isEqualTo(2);
    assertThat(bench.run("serve", "--texts", "0")).isEqualTo(2);
    assertThat(bench.run("serve", "--length", "-1")).isEqualTo(2);
    assertThat(bench.run("serve", "--prompts", folder)).isEqualTo(2);
    assertThat(bench.run("serve", "--crowds", "1,2")).isEqualTo(2);
    assertThat(bench.run("serve", "--rounds", "0")).isEqualTo(2);
    assertThat(bench.run("serve", "--top-p", "0")).isEqualTo(2);
    assertThat(bench.run("serve", "--model", folder, "--compute", "int3")).isEqualTo(2);
    assertThat(bench.run("serve", "--model", folder.resolve("none"))).isEqualTo(2);
    assertThat(bench.err().lines())
        .satisfiesExactly(
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
            line -> assertThat(line).contains("none is missing"));
  }
}
