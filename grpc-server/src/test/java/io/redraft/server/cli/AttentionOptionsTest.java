package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.server.TinyModels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code generate --attention} as its user has it. */
class AttentionOptionsTest {
  private static final String[] TEXT = {"--length", "40", "--seed", "3", "Once upon a time there"};

  @TempDir static Path root;
  private static Path both;
  private static Path only;
  private static Path denoiser;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeModels() throws Exception {
    both = TinyModels.attendingBothWays(root.resolve("both"), List.of(4, 8));
    only = TinyModels.blockCausal(root.resolve("only"));
    denoiser = TinyModels.denoiser(root.resolve("denoiser"));
  }

  @ParameterizedTest
  @CsvSource({"4, 0", "8, 0", "8, 1"})
  void aPrefixCacheOfBlockCausalAttentionChangesNoText(String block, String temperature) {
    var options =
        List.of("--attention", "block-causal", "--block", block, "--temperature", temperature);
    String plain = text(both, with(options, "--cache", "none"));
    assertThat(text(both, with(options, "--cache", "prefix"))).isEqualTo(plain);
    var all =
        List.of("--attention", "bidirectional", "--block", block, "--temperature", temperature);
    assertThat(text(both, all)).startsWith("Once upon a time there").isNotEqualTo(plain);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aModelThatAttendsInNoOtherWayIsNotToldTo() {
    var said = List.of("--attention", "block-causal", "--block", "8", "--cache", "prefix");
    assertThat(text(only, List.of())).isEqualTo(text(only, said));
    assertThat(text(only, List.of())).isEqualTo(text(both, said));
  }

  @Test
  void whatAModelHasNotLearnedIsOneLineAndExitCodeTwo() {
    var blockCausal = List.of("--attention", "block-causal", "--block", "8", "--cache", "prefix");
    refused(
        denoiser,
        blockCausal,
        "--attention is block-causal; allowed: bidirectional for this model");
    refused(
        both,
        List.of("--attention", "block-causal", "--block", "5"),
        "--block is 5; allowed: [4, 8], which this model has learned to attend block-causally in");
    refused(
        only,
        List.of("--attention", "bidirectional"),
        "--attention is bidirectional; allowed: block-causal, which this model has learned");
    refused(
        only,
        List.of("--cache", "dual"),
        "--cache is dual; allowed: none, prefix or delayed, for a model that has not learned bidirectional"
            + " attention");
  }

  @Test
  void whatBlockCausalAttentionCannotDoIsOneLineAndExitCodeTwo() {
    refused(
        both,
        List.of("--attention", "block-causal"),
        "--block is 0; allowed: 1 or more with block-causal attention");
    refused(
        both,
        List.of("--attention", "block-causal", "--block", "8", "--cache", "dual"),
        "--cache is dual; allowed: none, prefix or delayed with block-causal attention");
    refused(
        both,
        List.of("--attention", "bidirectional", "--block", "8", "--cache", "delayed"),
        "--cache is delayed; allowed: none, prefix or dual where every position sees all");
    refused(both, List.of("--attention", "sideways"), "'--attention': expected one of");
  }

  @Test
  void aModelsFileMayAskForIt() throws Exception {
    Path wishing = TinyModels.attendingBothWays(root.resolve("wishing"), List.of(4, 8));
    Files.writeString(
        wishing.resolve("generation_config.json"),
        "{\"attention\": \"block-causal\", \"block\": 8, \"cache\": \"prefix\"}");
    var said = List.of("--attention", "block-causal", "--block", "8", "--cache", "prefix");
    assertThat(text(wishing, List.of())).isEqualTo(text(both, said));
    // A cache that sees all goes before what the model wishes.
    var dual = List.of("--block", "8", "--cache", "dual");
    assertThat(text(wishing, dual)).isEqualTo(text(both, dual));
    var delayed = List.of("--block", "8", "--cache", "delayed");
    assertThat(text(both, delayed)).as("attends as its cache needs").isNotBlank();
  }

  private static List<String> with(List<String> some, String... more) {
    var all = new ArrayList<>(some);
    all.addAll(List.of(more));
    return all;
  }

  private String text(Path model, List<String> options) {
    out.getBuffer().setLength(0);
    assertThat(generate(model, options)).as(err.toString()).isZero();
    return out.toString();
  }

  private void refused(Path model, List<String> options, String message) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    assertThat(generate(model, options)).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains(message).hasLineCount(1);
  }

  private int generate(Path model, List<String> options) {
    var arguments = new ArrayList<>(List.of("generate", "--model", model.toString()));
    arguments.addAll(options);
    arguments.addAll(List.of(TEXT));
    return Main.run(
        arguments.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
