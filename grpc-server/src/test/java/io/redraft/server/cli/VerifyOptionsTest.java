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
import org.junit.jupiter.params.provider.ValueSource;

/** {@code generate --verify} as its user has it. */
class VerifyOptionsTest {
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

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.8"})
  void aLosslessTextIsTheVerifiersOwn(String temperature) {
    String[] text = {"--temperature", temperature, "--length", "40", "--seed", "3", "ab"};
    assertThat(generate(causal, List.of(), text)).isZero();
    String own = out.toString();
    out.getBuffer().setLength(0);
    var verify = List.of("--verify", "lossless", "--verifier", causal.toString(), "--block", "5");
    assertThat(generate(denoiser, verify, text)).isZero();
    assertThat(out.toString()).isEqualTo(own);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void repairsAreEventsOfTheApi() {
    var verify =
        List.of("--verify", "repair", "--verifier", causal.toString(), "--repair-confidence", "1");
    assertThat(
            generate(
                denoiser,
                verify,
                "--repair-margin",
                "0",
                "--json",
                "--seed",
                "1",
                "--length",
                "40",
                "ab"))
        .isZero();
    assertThat(out.toString()).contains("\"repair\"", "\"scoreAfter\"", "VERDICT_VERIFIED");
  }

  @Test
  void aVerifierThatDoesNotFitIsNamedWithWhatDiffers() throws Exception {
    var verify = List.of("--verify", "repair", "--verifier", denoiser.toString());
    assertThat(generate(denoiser, verify, "x")).isEqualTo(2);
    assertThat(err.toString())
        .contains("verifier " + denoiser + " is no causal model; allowed: a causal one")
        .hasLineCount(1);
    err.getBuffer().setLength(0);

    var other = TinyModels.causal(root.resolve("other"));
    var config = other.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replace("\"eos_token_id\" : 256", "\"eos_token_id\" : 255"));
    assertThat(
            generate(denoiser, List.of("--verify", "repair", "--verifier", other.toString()), "x"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("ends texts with token 255; allowed: 256").hasLineCount(1);
  }

  @Test
  void whereNoVerifierIsNamedTheServerSaysSo() {
    assertThat(generate(denoiser, List.of("--verify", "repair"), "x")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--verify is repair; allowed: off; this server has no verifier")
        .hasLineCount(1);
  }

  @Test
  void anEditedTextIsNotVerified() {
    assertThat(generate(denoiser, List.of("--verify", "repair", "--edit"), "x")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--verify is repair; allowed: off with --edit")
        .hasLineCount(1);
  }

  private int generate(Path model, List<String> verify, String... more) {
    var arguments = new ArrayList<>(List.of("generate", "--model", model.toString()));
    arguments.addAll(verify);
    arguments.addAll(List.of(more));
    return Main.run(
        arguments.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
