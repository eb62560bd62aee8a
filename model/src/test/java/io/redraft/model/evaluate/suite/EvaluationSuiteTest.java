package io.redraft.model.evaluate.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.redraft.model.InvalidInputException;
import io.redraft.model.SharedData;
import io.redraft.model.checkpoint.Llama2cImport;
import io.redraft.model.checkpoint.Llama2cReference;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.evaluate.GenerationSettings;
import io.redraft.model.evaluate.Metric;
import io.redraft.model.tensor.Device;
import io.redraft.model.text.DocumentFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real causal checkpoint against a computation that shares nothing with the network. */
class EvaluationSuiteTest {
  private static final String STORY =
      "Once upon a time, there was a little girl named Lily. She loved to play outside in the big,"
          + " green park. One day, she saw a shiny red ball under a tree.";

  @TempDir Path folder;

  private SuiteSettings settings(Path model, Metric... metrics) throws Exception {
    var data = Files.writeString(folder.resolve("story.txt"), STORY);
    return new SuiteSettings(
        List.of(model),
        Optional.of(model),
        data,
        DocumentFormat.named("file"),
        0,
        Set.of(metrics),
        2,
        4,
        4,
        2,
        new GenerationSettings(2, 24, OptionalInt.empty(), 0, 1, 0.9, 7),
        Optional.empty());
  }

  private static double number(Findings findings, String name) {
    return findings.measure(name).orElseThrow().value();
  }

  @Test
  void aRealJudgesPerplexityIsThatOfAnIndependentComputation() throws Exception {
    Path checkpoint = SharedData.file("models/stories260K.bin");
    Path path = folder.resolve("judge");
    Llama2cImport.run(checkpoint, SharedData.file("models/tok512.bin"), path, done -> {});
    var suite =
        EvaluationSuite.open(
            settings(
                path,
                Metric.BOUND,
                Metric.SAMPLES,
                Metric.GENERATIVE_PERPLEXITY,
                Metric.INFILLING));
    var result = suite.run(Device.CPU, (work, done, all) -> {});

    var tokenizer = ModelFolder.open(path).tokenizer();
    var reference = new Llama2cReference(Files.readAllBytes(checkpoint));
    var model = result.models().get(0);
    double nats = 0;
    long tokens = 0;
    long characters = 0;
    for (var sample : model.texts(Metric.SAMPLES)) {
      int[] judged = tokenizer.encode(sample.text());
      nats += nats(reference, judged);
      tokens += judged.length;
      characters += sample.text().codePointCount(0, sample.text().length());
    }
    // float32 through five layers against float64.
    assertThat(number(model, "generative_nats_per_token")).isCloseTo(nats / tokens, within(1e-4));
    assertThat(number(model, "generative_perplexity"))
        .isCloseTo(Math.exp(nats / tokens), within(1e-3));
    assertThat(number(model, "generative_nats_per_character"))
        .isCloseTo(nats / characters, within(1e-4));
    assertThat(number(model, "generative_entropy")).isBetween(1.0, Math.log(24));

    int[] story = tokenizer.encode(STORY);
    var bound = model.bound().orElseThrow();
    assertThat(bound.exact()).isTrue();
    // The end of the text is predicted too; llama2.c's models end one with their begin token.
    int[] withEnd = Arrays.copyOf(story, story.length + 1);
    withEnd[story.length] = 1;
    assertThat(bound.nats()).isCloseTo(nats(reference, withEnd), within(0.01));

    assertThat(result.baselines())
        .extracting(Findings::name)
        .containsExactly("uniform", "unigram", "text");
    assertThat(number(result.baselines().get(0), "nats_per_token"))
        .isCloseTo(Math.log(512), within(1e-12));
    assertThat(number(model, "nats_per_token"))
        .isLessThan(number(result.baselines().get(1), "nats_per_token"));
    assertThat(model.measures(Metric.INFILLING)).isNotEmpty();
  }

  /** −ln p of tokens behind the begin token, from logits in float64. */
  private static double nats(Llama2cReference reference, int[] tokens) {
    int[] read = IntStream.concat(IntStream.of(1), Arrays.stream(tokens)).toArray();
    double[][] logits = reference.logits(read);
    double nats = 0;
    for (int i = 0; i < tokens.length; i++) {
      double[] row = logits[i];
      double most = Arrays.stream(row).max().orElseThrow();
      double sum = Arrays.stream(row).map(v -> Math.exp(v - most)).sum();
      nats += most + Math.log(sum) - row[tokens[i]];
    }
    return nats;
  }

  @Test
  void whatCannotBeMeasuredIsRefusedBeforeTheWork() throws Exception {
    Path path = folder.resolve("causal");
    Llama2cImport.run(
        SharedData.file("models/stories260K.bin"),
        SharedData.file("models/tok512.bin"),
        path,
        done -> {});
    var controllability = settings(path, Metric.CONTROLLABILITY);
    assertThatThrownBy(() -> EvaluationSuite.open(controllability))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("metrics is controllability of causal models only");
  }
}
