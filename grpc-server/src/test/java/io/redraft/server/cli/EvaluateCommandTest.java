package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.server.TinyModels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

class EvaluateCommandTest {
  private static final Path SHIPPED = Path.of("..", "models", "llama-stories");

  private static final String STORY =
      "Once upon a time, in a small village surrounded by green hills, there lived a curious girl named"
          + " Lily. She loved to explore the forest near her home. One day, while walking through the"
          + " trees, she found a small door <b> & a \"key\" in an old oak. She opened the door and"
          + " stepped into a garden full of flowers that she had never seen before.";

  private StringWriter out;
  private StringWriter err;

  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void writeText() throws Exception {
    data = Files.writeString(folder.resolve("story.txt"), STORY);
  }

  private int run(Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("evaluate", "--model", model.toString(), "--data", data.toString()));
    arguments.addAll(List.of(more));
    out = new StringWriter();
    err = new StringWriter();
    return Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
  }

  private static Document parse(Path page) throws Exception {
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(page.toFile());
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void theShippedModelIsMeasuredInEveryWay() throws Exception {
    Path judge = TinyModels.causal(folder.resolve("judge"));
    Path page = folder.resolve("report.html");
    Path samples = folder.resolve("samples.json");
    int code =
        run(
            SHIPPED,
            "--metrics=all",
            "--compare=" + judge,
            "--judge=" + judge,
            "--samples=2",
            "--length=24",
            "--steps=6",
            "--masks=4",
            "--span=4",
            "--pieces=3",
            "--keywords=1",
            "--json",
            "--html=" + page,
            "--samples-json=" + samples);
    assertThat(code).as(() -> err.toString()).isZero();

    var found = json(out.toString());
    assertThat(out.toString().lines()).hasSize(1);
    // The model's card: 2.4 nats a token on texts of this kind; four masks of one text scatter.
    assertThat(found.path("nats_per_token").asDouble()).isBetween(0.8, 4.0);
    assertThat(found.path("pinned_tokens_kept").asDouble()).isEqualTo(1);
    assertThat(found.path("keywords_in_text").asDouble()).isEqualTo(1);
    assertThat(found.path("infilling_spans").asInt()).isEqualTo(3);
    assertThat(found.path("infilling_tokens").asInt()).isEqualTo(12);
    assertThat(found.path("script_error_rate").asDouble()).isZero();
    assertThat(found.path("sample_tokens").asInt()).isBetween(1, 48);
    // A judge of random weights guesses among 257 bytes.
    assertThat(found.path("generative_nats_per_token").asDouble()).isBetween(4.0, 9.0);
    assertThat(found.path("generative_entropy").asDouble()).isBetween(1.0, Math.log(257));
    assertThat(found.path("generative_perplexity").asDouble())
        .isCloseTo(Math.exp(found.path("generative_nats_per_token").asDouble()), within(1e-6));

    var other = found.path("compared").get(0);
    assertThat(other.path("model").asText()).isEqualTo(judge.toString());
    assertThat(other.path("exact").asBoolean()).isTrue();
    assertThat(other.path("bits_per_byte").asDouble())
        .as("random weights are worse than what was learnt")
        .isGreaterThan(found.path("bits_per_byte").asDouble());
    assertThat(other.has("pinned_tokens")).isFalse();
    assertThat(found.at("/baselines/uniform/nats_per_token").asDouble())
        .isCloseTo(Math.log(4096), within(1e-12));
    assertThat(found.at("/baselines/unigram/infilling_token_accuracy").isNumber()).isTrue();
    assertThat(found.at("/baselines/text/generative_perplexity").isNumber()).isTrue();

    var document = parse(page);
    assertThat(document.getElementsByTagName("h2").getLength()).isEqualTo(6);
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(1);
    assertThat(document.getElementsByTagName("b").getLength()).as("text is text").isZero();
    assertThat(document.getDocumentElement().getTextContent()).contains("unigram", "keywords seen");
    assertThat(StreamSupport.stream(json(Files.readString(samples)).spliterator(), false))
        .extracting(one -> one.path("metric").asText())
        .contains("samples", "infilling", "controllability", "scripts");
  }

  @Test
  void theTableHasAColumnForEveryModelAndBaseline() throws Exception {
    Path one = TinyModels.denoiser(folder.resolve("one"));
    Path two = TinyModels.causal(folder.resolve("two"));
    assertThat(run(one, "--compare", two.toString(), "--metrics", "bound,infilling", "--masks=16"))
        .as(() -> err.toString())
        .isZero();
    var lines = out.toString().lines().toList();
    assertThat(lines.get(0)).startsWith("bound (at most) over ").endsWith(", 16 masks a chunk");
    assertThat(lines.get(1)).contains("one").containsPattern("two +uniform +unigram$");
    assertThat(out.toString())
        .contains(
            "  nats per token ", "  masked  90-100 %, nats", "Gaps filled", "  right tokens ");
    // 258 entries: ln 258 = 5.553.
    assertThat(lines)
        .filteredOn(l -> l.startsWith("  nats per token"))
        .first()
        .asString()
        .contains("5.5530");
  }

  @Test
  void equalSeedsGiveEqualNumbers() throws Exception {
    Path model = TinyModels.denoiser(folder.resolve("one"));
    String[] samples = {"--metrics=samples,scripts", "--samples=3", "--length=12", "--json"};
    assertThat(run(model, samples)).isZero();
    var first = out.toString();
    assertThat(run(model, samples)).isZero();
    assertThat(out.toString()).isEqualTo(first);
    assertThat(json(first).has("nats_per_token")).isFalse();
    assertThat(json(first).path("sample_texts").asInt()).isEqualTo(3);
  }

  @Test
  void wrongInputIsOneLineThatNamesTheOption() throws Exception {
    Path model = TinyModels.denoiser(folder.resolve("one"));
    Path causal = TinyModels.causal(folder.resolve("two"));
    refused(model, "--metrics is blue; allowed: bound, samples,", "--metrics=bound,blue");
    refused(
        model,
        "--judge is missing; allowed: the folder of a causal model",
        "--metrics=generative-perplexity");
    refused(
        model,
        "which is bidirectional; allowed: a causal model",
        "--metrics=generative-perplexity",
        "--judge=" + model);
    refused(causal, "--metrics is controllability of causal", "--metrics=controllability");
    refused(model, "--samples is 0; allowed: 1 or more", "--metrics=samples", "--samples=0");
    refused(model, "--length is 65; allowed: 0", "--metrics=samples", "--length=65");
    refused(model, "--steps is 0; allowed: 1 or more", "--metrics=samples", "--steps=0");
    refused(model, "--temperature is -1.0; allowed", "--metrics=samples", "--temperature=-1");
    refused(model, "--top-p is 1.5; allowed", "--metrics=samples", "--top-p=1.5");
    refused(model, "--span is 0; allowed: 1 or more", "--metrics=infilling", "--span=0");
    refused(
        model,
        "allowed: a text with a document of 902 tokens or more, for infilling",
        "--metrics=infilling",
        "--span=900");
    refused(model, "--pieces is 0; allowed: 1 or more", "--pieces=0");
    refused(model, "--documents is -1; allowed: 0 (all) or more", "--documents=-1");
    refused(
        model, "--html is " + folder + "; allowed: a file that can be written", "--html=" + folder);
    refused(model, "--device is gpu7; allowed: a device that can be used here", "--device=gpu7");
    refused(model, "no-model", "--compare=no-model");
    data = Files.writeString(folder.resolve("empty.txt"), "  \n");
    refused(model, "which holds no text; allowed: at least one document");
  }

  private void refused(Path model, String message, String... arguments) {
    assertThat(run(model, arguments)).as(message).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).singleElement().asString().contains(message);
  }
}
