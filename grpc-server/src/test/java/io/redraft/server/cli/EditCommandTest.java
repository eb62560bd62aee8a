package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.server.TinyModels;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate --edit} by a script: real model files, kernels and actors; a token is a byte. */
@Timeout(120)
class EditCommandTest {
  @TempDir static Path root;
  private static Path denoiser;
  private static Path causal;

  private final InputStream standardInput = System.in;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void writeModels() throws Exception {
    denoiser = TinyModels.denoiser(root.resolve("denoiser"));
    causal = TinyModels.causal(root.resolve("causal"));
  }

  @AfterEach
  void giveStandardInputBack() {
    System.setIn(standardInput);
  }

  @Test
  void aScriptEditsTheTextAndTheLastLineIsTheText() {
    assertThat(generate(denoiser, "wait\nreplace 0-3 Last night\nshow\ndone\n", "Once", 6))
        .isZero();
    assertThat(err.toString()).isEmpty();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).contains("      0  pinned   \"L\"", "      9  pinned   \"t\"");
    assertThat(lines.stream().filter(line -> line.contains("decided"))).isNotEmpty();
    assertThat(out.toString().indexOf("Once")).isNotNegative();
    assertThat(out.toString().substring(out.toString().lastIndexOf("\n   ") + 1))
        .contains("Last night");
  }

  @Test
  void whatIsPinnedStaysWhenTheRestIsReopened() {
    assertThat(
            generate(
                denoiser,
                "wait\ninsert 4 KEEP\npin 0-3\nreopen 8-10\nwait\nextend 4 at 4\n",
                "Once",
                6))
        .isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(lastText()).startsWith("Once").contains("KEEP");
  }

  @Test
  void aBadLineIsOneLineAndNothingIsLost() {
    String script = "wait\npni 3\npin 60-90\nextend 999\nreplace 0-3 Then\n";
    assertThat(generate(denoiser, script, "Once", 6)).isZero();
    assertThat(err.toString().lines())
        .containsExactly(
            "edit is \"pni 3\"; allowed: " + EditLine.ALLOWED,
            "pin is 31 token(s) from position 60; allowed: 1 or more within positions 0 to 9",
            "extend is 999; allowed: 1 to 64");
    assertThat(lastText()).startsWith("Then");
  }

  @Test
  void withoutAnyLineItIsTheTextThatAnyoneGets() {
    assertThat(generate(denoiser, "", "Once", 6)).isZero();
    String edited = lastText();
    out.getBuffer().setLength(0);
    assertThat(
            run("generate", "--model", denoiser.toString(), "--seed", "1", "--length", "6", "Once"))
        .isZero();
    assertThat(out.toString().strip()).isEqualTo(edited.strip());
  }

  @Test
  void aCausalModelSaysThatItTakesNone() {
    assertThat(generate(causal, "wait\nreopen 1-2\n", "Once", 6)).isZero();
    assertThat(err.toString().lines())
        .containsExactly(
            "edit is reopen; allowed: none with a causal model, which writes from left to right"
                + " only");
  }

  @Test
  void itExcludesOtherWaysOfShowingTheText() {
    assertThat(generate(denoiser, "", "Once", 6, "--json")).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("--edit").contains("--json");
  }

  /** What was printed after the last picture of the canvas. */
  private String lastText() {
    String marker = "\n";
    String all = out.toString().stripTrailing();
    var pictures = Pattern.compile("(?m)^ *\\d+  .*$").matcher(all);
    int end = 0;
    while (pictures.find()) {
      end = pictures.end();
    }
    return all.substring(Math.min(all.length(), end + marker.length()));
  }

  private int generate(Path model, String script, String prompt, int length, String... more) {
    System.setIn(new ByteArrayInputStream(script.getBytes(StandardCharsets.UTF_8)));
    String[] args = {
      "generate",
      "--model",
      model.toString(),
      "--edit",
      "--seed",
      "1",
      "--length",
      "" + length,
      prompt
    };
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return run(all);
  }

  private int run(String... args) {
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }
}
