package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Sampling;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.transformer.Networks;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.config.TrainingConfig;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short runs of networks that are told their mask ratio, and on noised embeddings. */
class TrainedConditioningTest {
  private static final String SETTINGS =
      """
      run: {seed: 3, device: cpu, compute: float32}
      model: {width: 32, layers: 2, heads: 2, feed_forward_width: 64, context: 32}
      tokenizer: {kind: train, entries: 300}
      data: {format: synthetic, validation: 0.02}
      optimizer: {learning_rate: 1e-2, warmup_steps: 5, ema_decay: 0.9}
      training:
        {steps: 50, batch: 16, accumulate: 2, evaluate_masks: 8, log_every: 50, evaluate_every: 50,
         checkpoint_every: 50}
      """;

  private static final PrintStream SILENCE = new PrintStream(OutputStream.nullOutputStream());

  @TempDir private Path folder;

  private TrainingConfig config(String name, String... overrides) throws Exception {
    var file = Files.writeString(folder.resolve("run.yaml"), SETTINGS);
    var all = new ArrayList<>(List.of(overrides));
    all.add("run.folder=" + folder.resolve(name));
    return TrainingConfig.load(file, all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.time_conditioning=sinusoidal",
        "model.time_conditioning=table;model.time_buckets=8",
        "model.time_conditioning=adaln",
        "model.time_conditioning=adaln;export.weights=int8",
        "objective.kind=uniform;objective.corruption=gaussian",
        "objective.kind=masked-mean;objective.corruption=gaussian;objective.predict=hybrid;"
            + "model.time_conditioning=table",
      })
  void learnsTheTextAndIsServedAsItWasTrained(String settings) throws Exception {
    var config = config("run", settings.split(";"));
    var frequencies = entropy(new TrainingDataLoader(config).load().training());
    try (var session = Trainer.open(config, false)) {
      TrainOnce.train(session, SILENCE);
      // A model that knows how often every token occurs and nothing else would be there; the tenth
      // of a nat is for what fifty steps leave.
      assertThat(session.evaluate().natsPerToken()).isLessThan(frequencies + 0.1);
    }
    var model = ModelFolder.open(folder.resolve("run/model"));
    assertThat(model.config().time()).isEqualTo(config.model().time());
    servedAsTrained(model);
  }

  private static void servedAsTrained(ModelFolder model) {
    var text = model.tokenizer().encode("The fox found a red key at noon. My aunt sold the moon.");
    var layout = new ParameterLayout(model.config());
    var weights = ModelEvaluation.weights(model, layout);
    for (var p : layout.parameters()) {
      if (p.name().contains("time_embed") || p.name().contains("adaln")) {
        var part = Arrays.copyOfRange(weights, p.offset(), p.offset() + p.size());
        assertThat(part).as("%s has learned", p.name()).isNotEqualTo(new float[p.size()]);
      }
    }
    try (var kernels = Kernels.open(Device.CPU);
        var denoiser =
            Networks.denoiser(model.config(), model.weights(), kernels, ComputeType.FLOAT32);
        var network =
            new NetworkOnDevice(kernels, layout, Numerics.exact(), OptimizerState.first(weights))) {
      for (var rows : new int[][] {{2, 3, 7, 11}, {15}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}) {
        var canvas = Arrays.copyOf(text, 16);
        for (var row : rows) {
          canvas[row] = model.config().maskToken();
        }
        var task = new DenoiseTask(canvas, rows, Sampling.GREEDY, 1, 0);
        var drawn = denoiser.denoise(List.of(task)).get(0);
        var asked = new TokenBatch(1, 16, canvas, rows, drawn.tokens(), new float[rows.length]);
        var losses = network.crossEntropy(asked, false);
        for (var n = 0; n < rows.length; n++) {
          // Two float32 paths through two blocks.
          assertThat((double) drawn.confidences()[n]).isCloseTo(Math.exp(-losses[n]), within(1e-5));
        }
      }
    }
  }

  private static double entropy(PackedText text) {
    var counts = new int[300];
    for (var token : text.slice(0, text.length())) {
      counts[token]++;
    }
    return Arrays.stream(counts)
        .filter(count -> count > 0)
        .mapToDouble(count -> -count * Math.log((double) count / text.length()) / text.length())
        .sum();
  }

  @Test
  void aRunOnNoisedEmbeddingsResumesBitForBitAndLeavesTheLayerForNoiseBehind() throws Exception {
    String[] overrides = {
      "training.steps=12",
      "training.dropout=0.1",
      "objective.kind=masked-mean",
      "objective.corruption=gaussian",
      "objective.predict=hybrid",
      "objective.hybrid_weight=0.3",
      "model.time_conditioning=adaln"
    };
    try (var session = Trainer.open(config("whole", overrides), false)) {
      TrainOnce.train(session, SILENCE);
    }
    try (var session = Trainer.open(config("halved", overrides), false)) {
      while (session.stepsTaken() < 5) {
        session.step();
      }
      session.checkpoint();
    }
    try (var session = Trainer.open(config("halved", overrides), true)) {
      assertThat(session.stepsTaken()).isEqualTo(5);
      TrainOnce.train(session, SILENCE);
    }
    assertThat(folder.resolve("halved/model/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model/model.safetensors"));
    assertThat(ModelFolder.open(folder.resolve("whole/model")).weights().names())
        .contains("model.adaln.weight")
        .doesNotContain("noise_head.weight");
    assertThat(folder.resolve("whole/model/README.md"))
        .content()
        .contains("masked-mean on noised embeddings, predicting hybrid");
  }

  @Test
  void theErrorOfPredictedNoiseFallsBelowThatOfPredictingNothing() throws Exception {
    var config =
        config(
            "noise",
            "training.log_every=10",
            "training.steps=150",
            "objective.kind=uniform",
            "objective.corruption=gaussian",
            "objective.predict=noise",
            "model.time_conditioning=sinusoidal");
    var last = Double.NaN;
    try (var session = Trainer.open(config, false)) {
      while (!session.done()) {
        var logged = session.step();
        last = logged.isPresent() ? logged.get().loss() : last;
      }
    }
    // Noise has a mean square of 1; what is left after 150 steps was 0.1.
    assertThat(last).isLessThan(0.3);
  }
}
