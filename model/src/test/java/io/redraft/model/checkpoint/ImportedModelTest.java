package io.redraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.SharedData;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.nn.transformer.PreparedNetwork;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.text.Llama2cFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The networks against a computation that shares nothing with them: an imported checkpoint must
 * give the logits of llama2.c's own formulas, computed in float64 on the file that was imported.
 */
class ImportedModelTest {
  /** float32 keeps 24 bits; five layers on logits of about 10 stay well below this. */
  private static final double TOLERANCE = 1e-4;

  private static final String STORY =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the big,"
          + " green park. One day, she saw a shiny red ball under a tree. \"Whose ball is this?\" she"
          + " asked. A small dog came and said, \"It is mine!\" They played until the sun went down.";

  @TempDir Path folder;

  @Test
  void aRealCheckpointGivesTheLogitsOfAnIndependentComputation() throws IOException {
    Path checkpoint = SharedData.file("models/stories260K.bin");
    Llama2cImport.run(
        checkpoint, SharedData.file("models/tok512.bin"), folder.resolve("m"), done -> {});
    ModelFolder model = ModelFolder.open(folder.resolve("m"));
    int[] text = model.tokenizer().encode(STORY);
    int[] tokens = IntStream.concat(IntStream.of(1), IntStream.of(text)).toArray();
    assertThat(tokens).hasSizeGreaterThan(100);

    agrees(model, new Llama2cReference(Files.readAllBytes(checkpoint)).logits(tokens), tokens);
  }

  @Test
  void aRealCheckpointWritesAStory() throws IOException {
    Path checkpoint = SharedData.file("models/stories260K.bin");
    Llama2cImport.run(
        checkpoint, SharedData.file("models/tok512.bin"), folder.resolve("m"), done -> {});
    ModelFolder model = ModelFolder.open(folder.resolve("m"));
    Llama2cReference reference = new Llama2cReference(Files.readAllBytes(checkpoint));
    int[] prompt = model.tokenizer().encode("Once upon a time");
    int[] tokens = IntStream.concat(IntStream.of(1), IntStream.of(prompt)).toArray();
    try (Kernels kernels = Kernels.open(Device.CPU);
        CausalModel causal =
            Networks.causal(model.config(), model.weights(), kernels, ComputeType.FLOAT32)) {
      int[] appended = tokens;
      for (int i = 0; i < 40; i++) {
        int kept = tokens.length - appended.length;
        int next =
            causal
                .extend(List.of(new ExtendTask(1, kept, appended, Sampling.GREEDY, 0)))
                .get(0)
                .tokens()[0];
        double[][] logits = reference.logits(tokens);
        double[] last = logits[tokens.length - 1];
        double best = Arrays.stream(last).max().orElseThrow();
        assertThat(last[next]).as("token %s", i).isCloseTo(best, within(TOLERANCE));
        appended = new int[] {next};
        tokens = IntStream.concat(IntStream.of(tokens), IntStream.of(appended)).toArray();
      }
    }
    assertThat(model.tokenizer().decode(tokens)).startsWith("Once upon a time, there was a");
  }

  @Test
  void networksOfEveryShapeGiveTheLogitsOfAnIndependentComputation() throws IOException {
    int[][] headers = {
      {16, 12, 2, 4, 2, 261, 40}, {24, 20, 1, 2, 1, -261, 40}, {32, 48, 3, 4, 4, 261, 40}
    };
    Path tokenizer =
        Files.write(folder.resolve("t.bin"), Llama2cFiles.tokenizer(List.of("a", " ")));
    for (int i = 0; i < headers.length; i++) {
      byte[] checkpoint = Llama2cFiles.checkpoint(headers[i]);
      Path source = Files.write(folder.resolve("c.bin"), checkpoint);
      Llama2cImport.run(source, tokenizer, folder.resolve("m" + i), done -> {});
      int[] tokens = new Random(i).ints(40, 0, 261).toArray();

      agrees(
          ModelFolder.open(folder.resolve("m" + i)),
          new Llama2cReference(checkpoint).logits(tokens),
          tokens);
    }
  }

  private static void agrees(ModelFolder model, double[][] expected, int[] tokens) {
    int[] rows = IntStream.range(0, tokens.length).toArray();
    try (Kernels kernels = Kernels.open(Device.CPU);
        PreparedNetwork network =
            PreparedNetwork.load(kernels, model.config(), model.weights(), ComputeType.FLOAT32)) {
      float[][] logits = network.logits(tokens, rows);
      double worst = 0;
      for (int row : rows) {
        for (int token = 0; token < expected[row].length; token++) {
          worst = Math.max(worst, Math.abs(expected[row][token] - logits[row][token]));
        }
      }
      assertThat(worst).isLessThan(TOLERANCE);
    }
  }
}
