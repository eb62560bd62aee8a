package io.redraft.load.layerwise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real runs of some steps of a tiny network, each in its own process. */
class LayerwiseCommandTest {
  /** 4 sequences of 16 tokens. */
  private static final int STEP_TOKENS = 64;

  private static final int WIDTH = 16;
  private static final int INNER = 32;
  private static final int VOCABULARY = 258; // bytes, end of text and mask

  /** Q, K, V and O, three matrices of the feed-forward, two gains. */
  private static final long BLOCK = 4L * WIDTH * WIDTH + 3L * WIDTH * INNER + 2 * WIDTH;

  private static final long TABLE = (long) VOCABULARY * WIDTH;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Path config(String name, String more) throws IOException {
    Files.writeString(folder.resolve("text.txt"), text());
    return Files.writeString(
        folder.resolve(name + ".yaml"),
        """
        run: {name: %s, seed: 3, device: cpu, compute: float32}
        model:
          {width: 16, layers: 3, heads: 2, feed_forward_width: 32, context: 16, tied_head: false}
        tokenizer: {kind: bytes}
        data: {folder: %s, files: [text.txt], format: file, validation: 0.1, split: tail}
        optimizer: {learning_rate: 1e-2, warmup_steps: 1, ema_decay: 0.5}
        training: {batch: 4, log_every: 1, evaluate_every: 2, evaluate_masks: 2%s
        """
            .formatted(name, folder, more));
  }

  /** 1,000 characters, each a token. */
  private static String text() {
    return String.join("", Collections.nCopies(50, "The fox found a key."));
  }

  private Path endToEnd() throws IOException {
    return config("whole", ", steps: 4}");
  }

  private Path depth() throws IOException {
    return config(
        "depth",
        """
        }
        curriculum:
          {direction: right-to-left, time: depth, head: anchored, steps: 3, joint_final: 2}
        """);
  }

  private Path cached() throws IOException {
    return config(
        "cached",
        """
        }
        curriculum:
          {direction: left-to-right, embeddings: anchored, cache: disk, steps: 3}
        """);
  }

  private JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name).toFile());
  }

  @Test
  void runsAreTrainedJudgedAndComparedWithTheOneThatWasTrainedAsAWhole() throws IOException {
    var keep = folder.resolve("kept");
    var scratch = Files.createDirectory(folder.resolve("scratch"));
    assertThat(
            run(
                "layerwise",
                depth(),
                endToEnd(),
                "--json",
                folder.resolve("out.json"),
                "--keep",
                keep,
                "--folder",
                scratch))
        .as(err::toString)
        .isZero();
    var runs = json("out.json").get("runs");
    assertThat(runs.fieldNames()).toIterable().containsExactly("depth", "whole");
    assertThat(scratch).isEmptyDirectory();

    var parameters = 3 * BLOCK + 2 * TABLE + WIDTH;
    var whole = runs.get("whole");
    assertThat(whole.get("parameters").asLong()).isEqualTo(parameters);
    assertThat(whole.get("tokenPasses").asDouble()).isEqualTo(3 * 4 * STEP_TOKENS);
    assertThat(whole.get("boundBeforeJoint").isNull()).isTrue();

    var depth = runs.get("depth");
    assertThat(depth.get("curriculum").asText()).isEqualTo("right-to-left/depth");
    // Blocks that a gradient passes count 2/3: (1 + 5/3 + 7/3) · 3 steps; two of all three blocks.
    assertThat(depth.get("tokenPasses").asDouble())
        .isCloseTo((5 * 3 + 2 * 3) * STEP_TOKENS, within(1e-9));
    assertThat(depth.get("stages")).hasSize(4);
    optimizers(depth, parameters);

    evaluated(keep.resolve("depth").resolve("model"), depth.get("bound"));
    evaluated(keep.resolve("depth").resolve("before-joint"), depth.get("boundBeforeJoint"));
    evaluated(keep.resolve("whole").resolve("model"), whole.get("bound"));
    var beside = json("out.json").get("bound beside the whole's").get("depth");
    assertThat(beside.get("finished").asDouble())
        .isEqualTo(depth.get("bound").asDouble() / whole.get("bound").asDouble());
    assertThat(beside.get("beforeJoint").asDouble())
        .isEqualTo(depth.get("boundBeforeJoint").asDouble() / whole.get("bound").asDouble());
    assertThat(out.toString()).contains("| depth", "| whole", "right-to-left/depth");
    assertThat(err.toString()).contains("depth: stage 4 of 4, joint: 2 steps");
  }

  /** Moments and average: 12 bytes a weight that learns; its gradient 4 and what is on its way. */
  private static void optimizers(JsonNode depth, long parameters) {
    long[] learn = {BLOCK + 2 * TABLE + WIDTH, BLOCK, BLOCK, parameters};
    for (var i = 0; i < 4; i++) {
      var stage = depth.get("stages").get(i);
      var planned = stage.get("planned");
      assertThat(planned.get("moments").asLong() + planned.get("average").asLong())
          .isEqualTo(12 * learn[i]);
      assertThat(stage.get("plannedOptimizer").asLong())
          .isEqualTo(12 * learn[i] + planned.get("gradient").asLong())
          .isGreaterThanOrEqualTo(16 * learn[i]);
      assertThat(stage.get("seconds").asDouble()).isPositive();
      assertThat(stage.get("loss").asDouble()).isPositive();
    }
    assertThat(depth.get("endToEndOptimizer"))
        .isEqualTo(depth.get("stages").get(3).get("plannedOptimizer"));
  }

  /** The last tenth of the text, as a run keeps it; masks and seed as evaluate has them. */
  private void evaluated(Path model, JsonNode bound) throws IOException {
    var text = text();
    var tail = folder.resolve("tail.txt");
    Files.writeString(tail, text.substring(text.length() - text.length() / 10));
    var result = new StringWriter();
    String[] args = {
      "evaluate", "--model", "" + model, "--data", "" + tail, "--masks", "2", "--json"
    };
    assertThat(Main.run(args, new PrintWriter(result), new PrintWriter(err)))
        .as(err::toString)
        .isZero();
    var found = new ObjectMapper().readTree(result.toString()).findValue("nats_per_token");
    assertThat(found.isNumber()).as(result::toString).isTrue();
    assertThat(bound.asDouble()).isCloseTo(found.asDouble(), within(1e-9));
  }

  @Test
  void oneStageIsTriedOutBesideItsPlan() throws IOException {
    var scratch = Files.createDirectory(folder.resolve("scratch"));
    assertThat(
            run(
                "stage",
                cached(),
                "--stage",
                "3",
                "--steps",
                "5",
                "--json",
                folder.resolve("out.json"),
                "--folder",
                scratch))
        .as(err::toString)
        .isZero();
    var found = json("out.json").get("stage");
    assertThat(found.at("/stage/name").asText()).isEqualTo("append-2");
    assertThat(found.get("losses")).hasSize(5);
    assertThat(found.get("losses"))
        .allMatch(loss -> loss.asDouble() > 0 && Double.isFinite(loss.asDouble()));
    assertThat(found.at("/seconds/values")).hasSize(5);
    // Block 2 and the head learn behind the cache: nothing else is there.
    var learn = BLOCK + TABLE + WIDTH;
    assertThat(found.at("/planned/parameters").asLong()).isEqualTo(learn);
    assertThat(found.at("/planned/moments").asLong()).isEqualTo(8 * learn);
    assertThat(found.get("tokens").asLong()).isEqualTo(STEP_TOKENS);
    // 5 steps of 4 sequences out of 900 / 16 = 56 each: 20 streams of 16 x 16 numbers of 2 bytes.
    assertThat(found.at("/filling/cache").asLong()).isGreaterThanOrEqualTo(20 * 16 * WIDTH * 2);
    assertThat(found.get("measured").asLong()).isPositive();
    assertThat(found.get("ratio").asDouble())
        .isEqualTo(found.get("measured").asDouble() / found.get("plannedTotal").asDouble());
    assertThat(scratch).isEmptyDirectory();
    assertThat(out.toString()).contains("| total", "Loss of the first step", "Cache:");
  }

  @Test
  void stepsAreTakenWithAndWithoutRecordingAndTheirWeightsCompared() throws IOException {
    var scratch = Files.createDirectory(folder.resolve("scratch"));
    assertThat(
            run(
                "stage",
                cached(),
                "--stage",
                "2",
                "--steps",
                "5",
                "--compare-graphs",
                "--json",
                folder.resolve("out.json"),
                "--folder",
                scratch))
        .as(err::toString)
        .isZero();
    var graphs = json("out.json").get("graphs");
    // A processor records nothing, and its steps repeat bit by bit.
    assertThat(graphs.at("/recorded/replays").asLong()).isZero();
    assertThat(graphs.at("/ofRecorded/weights").asLong()).isZero();
    assertThat(graphs.at("/ofPlain/relative").asDouble()).isZero();
    assertThat(graphs.get("same").asBoolean()).isTrue();
    assertThat(graphs.at("/plain/losses")).isEqualTo(graphs.at("/recorded/losses")).hasSize(5);
    assertThat(scratch).isEmptyDirectory();
    assertThat(out.toString()).contains("| one by one", "Nothing was recorded on cpu");
    assertThat(run("stage", cached(), "--stage", "2", "--compare-graphs", "--cuda-graphs", "false"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("--cuda-graphs is false; allowed: left out with --compare-graphs");
  }

  @Test
  void whatCannotBeMeasuredIsOneLine() throws IOException {
    var kept = Files.createDirectories(folder.resolve("kept").resolve("whole")).getParent();
    assertThat(run("stage", cached(), "--stage", "4")).isEqualTo(2);
    assertThat(run("stage", cached(), "--stage", "0")).isEqualTo(2);
    assertThat(run("stage", cached(), "--stage", "1", "--steps", "0")).isEqualTo(2);
    assertThat(run("stage", endToEnd(), "--stage", "1")).isEqualTo(2);
    assertThat(run("layerwise", endToEnd(), "--set", "training.batch=0")).isEqualTo(2);
    assertThat(run("layerwise", endToEnd(), "--keep", kept)).isEqualTo(2);
    assertThat(run("layerwise", endToEnd(), "--set", "data.validation=0")).isEqualTo(2);
    assertThat(err.toString().lines().filter(line -> line.contains("allowed")))
        .satisfiesExactly(
            line -> assertThat(line).contains("--stage is 4; allowed: 1 to 3"),
            line -> assertThat(line).contains("--stage is 0; allowed: 1 or more"),
            line -> assertThat(line).contains("--steps is 0; allowed: 1 or more"),
            line -> assertThat(line).contains("curriculum.direction is none; allowed: left-to"),
            line -> assertThat(line).contains("training.batch is 0"),
            line -> assertThat(line).contains("--keep is " + kept, "without whole"),
            line -> assertThat(line).contains("whole.yaml", "data.validation is 0.0"));
  }

  private int run(Object... options) {
    List<String> args = new ArrayList<>(List.of("bench"));
    for (var option : options) {
      args.add(option.toString());
    }
    return Main.run(args.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
  }
}
