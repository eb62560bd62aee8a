package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.text.BytePairTrainer;
import io.redraft.server.TinyModels;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as its user has it: real model files, real kernels, real actors; no network. */
class GenerateCommandTest {
  @TempDir static Path root;
  private static Path denoiser;
  private static Path causal;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeModels() throws Exception {
    denoiser = TinyModels.denoiser(root.resolve("denoiser"));
    causal = TinyModels.causal(root.resolve("causal"));
  }

  @Test
  void theTextAndNothingElseGoesToStandardOutput() {
    assertThat(generate(denoiser, "--length", "8", "--seed", "1", "Once [MASK]")).isZero();
    assertThat(out.toString()).startsWith("Once [MASK]").endsWith(System.lineSeparator());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void equalSeedsGiveEqualTextAndOthersDoNot() {
    String first = text("--length", "9", "--seed", "1", "--temperature", "2", "x");
    assertThat(text("--length", "9", "--seed", "1", "--temperature", "2", "x")).isEqualTo(first);
    assertThat(text("--length", "9", "--seed", "2", "--temperature", "2", "x")).isNotEqualTo(first);
  }

  @Test
  void whatIsNotAskedForIsDoneAsTheModelWishes() throws Exception {
    String[] plain = {"--length", "20", "--seed", "1", "x"};
    String[] asked = {"--block", "4", "--temperature", "2", "--length", "20", "--seed", "1", "x"};
    String wished = text(asked);
    assertThat(text(plain)).isNotEqualTo(wished);

    Path wishing = TinyModels.denoiser(root.resolve("wishing"));
    Path config = wishing.resolve("generation_config.json");
    Files.writeString(config, "{\"block\": 4, \"temperature\": 2}");
    out.getBuffer().setLength(0);
    assertThat(generate(wishing, plain)).isZero();
    assertThat(out.toString()).isEqualTo(wished);
    out.getBuffer().setLength(0);
    assertThat(generate(wishing, "--block", "0", "--temperature", "0", "--length", "20", "x"))
        .isZero();
    assertThat(out.toString()).isEqualTo(text("--length", "20", "x"));

    Files.writeString(config, "{\"temprature\": 2}");
    assertThat(generate(wishing, plain)).isEqualTo(2);
    assertThat(err.toString()).contains("generation_config.json: temprature: unknown key");
  }

  @ParameterizedTest
  @CsvSource({"SINUSOIDAL,0", "TABLE,4", "ADALN,0"})
  void aModelThatIsToldItsShareOfMasksIsServedLikeAnyOther(TimeConditioning.Kind kind, int buckets)
      throws Exception {
    Path told = TinyModels.told(root.resolve(kind.name()), new TimeConditioning(kind, buckets));
    String[] options = {"--length", "12", "--seed", "1", "--temperature", "1", "x"};
    assertThat(generate(told, options)).isZero();
    String first = out.toString();
    out.getBuffer().setLength(0);
    assertThat(generate(told, options)).isZero();
    assertThat(out.toString()).isEqualTo(first).isNotEqualTo(text(options));
  }

  @ParameterizedTest
  @ValueSource(strings = {"prefix", "dual"})
  void aCacheGivesATextOfItsOwnAndTheSameEveryTime(String cache) {
    String[] options = {"--block", "8", "--length", "40", "--steps", "4", "--seed", "1", "ab"};
    String[] cached =
        Stream.concat(Stream.of("--cache", cache), Stream.of(options)).toArray(String[]::new);
    String first = text(cached);
    assertThat(text(cached)).isEqualTo(first).isNotEqualTo(text(options));
  }

  @Test
  void infillingKeepsWhatIsFixed() {
    assertThat(generate(denoiser, "--infill", "ab[MASK:3]cd \\[MASK]")).isZero();
    assertThat(out.toString().strip()).startsWith("ab").endsWith("cd [MASK]");
  }

  @Test
  void jsonIsOneEventALineAndEndsWithTheFinalOne() throws Exception {
    assertThat(generate(denoiser, "--length", "6", "--steps", "3", "--json", "ab")).isZero();
    List<JsonNode> events = out.toString().lines().map(GenerateCommandTest::json).toList();
    assertThat(events.get(0).at("/commit/pinned").asBoolean()).isTrue();
    assertThat(events.get(0).at("/commit/slots/0/position").isMissingNode()).isFalse();
    assertThat(events).anyMatch(event -> event.has("draft"));
    JsonNode end = events.get(events.size() - 1).get("final");
    assertThat(end.at("/usage/steps").asInt()).isEqualTo(3);
    assertThat(end.at("/usage/generatedTokens").asInt()).isEqualTo(6);
  }

  @Test
  void watchingWithoutATerminalPrintsALineAStepThenTheText() {
    assertThat(generate(denoiser, "--length", "4", "--steps", "4", "--watch", "ab")).isZero();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSizeGreaterThanOrEqualTo(6);
    assertThat(lines.get(0)).isEqualTo("   0  ab░░░░");
    assertThat(lines.get(4)).startsWith("   4  ab").doesNotContain("░");
    assertThat(lines.get(5)).startsWith("ab");
  }

  @Test
  void aCausalModelWritesLeftToRightThroughTheSameEvents() {
    assertThat(generate(causal, "--length", "5", "--json", "ab")).isZero();
    List<Integer> written =
        out.toString()
            .lines()
            .map(GenerateCommandTest::json)
            .filter(event -> event.has("commit") && !event.at("/commit/pinned").asBoolean())
            .map(event -> event.at("/commit/slots/0/position").asInt())
            .toList();
    assertThat(written).isNotEmpty().isSorted();
  }

  @ParameterizedTest
  @CsvSource({
    "--steps, 0, --steps is 0; allowed: 1 or more",
    "--temperature, -1, --temperature is -1.0; allowed: 0",
    "--top-p, 0, --top-p is 0.0; allowed: more than 0",
    "--top-k, -1, --top-k is -1; allowed: 0 or more",
    "--length, 0, --length is 0; allowed: 1 or more",
    "--length, 999, --length is 999 tokens to write; allowed: at most 64",
    "--block, -2, --block is -2; allowed: 0 or more",
    "--threshold, 2, --threshold is 2.0; allowed: more than 0",
    "--gamma, -1, --gamma is -1.0; allowed: 0 or more",
    "--seed, x, --seed is x; allowed: a whole number",
    "--infill, no mask, --infill has no mask",
    "--policy, best, '--policy': expected one of",
    "--grid, square, '--grid': expected one of",
    "--steps, many, 'many' is not an int",
    "--cache, dual, '--cache is dual; allowed: none, without blocks'",
    "--cache, both, '--cache': expected one of",
    "--guidance, 2, --guidance is 2.0; allowed: 0 (off) where there is no fixed text",
    "--guidance, 11, --guidance is 11.0; allowed: 0 (off) to 10",
    "--guidance-schedule, up, '--guidance-schedule': expected one of",
    "--patience, 0, --patience is 0; allowed: 1 or more",
    "--window, -1, --window is -1; allowed: 0 or more",
    "--min-tokens, 65, --min-tokens is 65; allowed: at most 64"
  })
  void wrongOptionsAreOneLineAndExitCodeTwo(String option, String value, String message) {
    assertThat(generate(denoiser, option, value)).isEqualTo(2);
    assertOneLine().contains(message);
  }

  @Test
  void contradictoryOptionsAreOneLineBeforeAModelIsLoaded() {
    Path nowhere = root.resolve("nowhere");
    assertThat(generate(nowhere, "--policy", "first-hitting", "--remask", "0.4", "x")).isEqualTo(2);
    assertOneLine().contains("--remask is 0.4; allowed: only with a policy that goes by");
    err.getBuffer().setLength(0);
    assertThat(generate(nowhere, "--policy", "ancestral", "--window", "4", "x")).isEqualTo(2);
    assertOneLine().contains("--window is 4; allowed: 0 (all masks of the block) with ancestral");
    err.getBuffer().setLength(0);
    assertThat(generate(nowhere, "--policy", "linear", "--patience", "2", "x")).isEqualTo(2);
    assertOneLine().contains("--patience is 2; allowed: only with a policy that goes by");
    err.getBuffer().setLength(0);
    assertThat(generate(denoiser, "--guidance-schedule", "linear-up", "x")).isEqualTo(2);
    assertOneLine().contains("--guidance-schedule is linear-up; allowed: only with");
  }

  @Test
  void guidanceAndPatienceAndTheSamplersOfTheDiffusionWrite() {
    String plain = text("--length", "30", "--seed", "1", "Once there was");
    String[] guided = {"--guidance", "4", "--guidance-schedule", "linear-up", "--patience", "3"};
    String[] most = {"--length", "30", "--seed", "1", "Once there was"};
    assertThat(text(joined(guided, most))).isNotEqualTo(plain).startsWith("Once there was");
    String[] steps = {"--policy", "ancestral", "--steps", "500", "--json"};
    assertThat(generate(denoiser, joined(steps, most))).isZero();
    var usage = json(out.toString().lines().reduce((a, b) -> b).orElseThrow()).at("/final/usage");
    assertThat(usage.at("/forwards").asInt()).isLessThan(usage.at("/steps").asInt());
    assertThat(text(joined(new String[] {"--policy", "first-hitting"}, most)))
        .startsWith("Once there was");
  }

  private static String[] joined(String[] some, String[] more) {
    return java.util.stream.Stream.of(some, more).flatMap(Arrays::stream).toArray(String[]::new);
  }

  @Test
  void optionsThatExcludeEachOtherAreOneLine() {
    assertThat(generate(denoiser, "--watch", "--json")).isEqualTo(2);
    assertOneLine().contains("--watch").contains("--json");
    err.getBuffer().setLength(0);
    assertThat(generate(denoiser, "--infill", "[MASK]", "prompt")).isEqualTo(2);
    assertOneLine().contains("--infill and PROMPT");
  }

  @Test
  void aPromptLongerThanTheContextIsRefused() {
    assertThat(generate(denoiser, "x".repeat(TinyModels.CONTEXT + 1))).isEqualTo(2);
    assertOneLine().contains("prompt is 65 tokens; allowed: at most 63");
  }

  @Test
  void aModelFolderThatIsAFileOrMissingIsNamed() throws Exception {
    Path file = Files.writeString(root.resolve("a-file"), "x");
    assertThat(generate(file, "x")).isEqualTo(2);
    assertOneLine().contains("a-file is a file; allowed: a model folder");
    err.getBuffer().setLength(0);
    assertThat(generate(root.resolve("nowhere"), "x")).isEqualTo(2);
    assertOneLine().contains("nowhere is missing; allowed: a model folder");
  }

  @Test
  void aModelWithCutWeightsIsNamed() throws Exception {
    Path model = TinyModels.denoiser(root.resolve("cut"));
    Path weights = model.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
    assertThat(generate(model, "x")).isEqualTo(2);
    assertOneLine().contains("model.safetensors");
  }

  @Test
  void aTokenizerThatDoesNotMatchIsNamedByItsFile() throws Exception {
    Path model = TinyModels.denoiser(root.resolve("misfit"));
    String another = new BytePairTrainer().add("to be or not to be").train(260);
    Files.writeString(model.resolve("tokenizer.json"), another);
    assertThat(generate(model, "--json", "x")).isEqualTo(2);
    assertOneLine().contains("tokenizer.json");
  }

  @Test
  void severalWordsWithoutQuotesAreOneLine() {
    assertThat(generate(denoiser, "Once", "upon")).isEqualTo(2);
    assertOneLine().contains("upon").contains("quotes");
  }

  private String text(String... options) {
    out.getBuffer().setLength(0);
    assertThat(generate(denoiser, options)).isZero();
    return out.toString();
  }

  private int generate(Path model, String... options) {
    String[] args = new String[options.length + 3];
    args[0] = "generate";
    args[1] = "--model";
    args[2] = model.toString();
    System.arraycopy(options, 0, args, 3, options.length);
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  private AbstractStringAssert<?> assertOneLine() {
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
    return assertThat(err.toString());
  }

  private static JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }
}
