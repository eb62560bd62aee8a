package io.redraft.load.startup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command over launchers that print what a real one would. */
class StartupCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void timesTheFirstDraftEventAndTheEndOfTheProcess() throws Exception {
    String launcher =
        launcher(
            """
            case $1 in generate)
              echo '{"number": "1", "commit": {"step": 0, "pinned": true}}'
              echo '{"number": "2", "draft": {"step": 1}}'
              echo '{"number": "3", "final": {"text": "\\"draft\\""}}' ;;
            *) echo text ;; esac
            """);
    Path json = folder.resolve("startup.json");
    assertThat(bench("--runs", "3", "--launcher", launcher, "--json", json.toString())).isZero();

    var seconds = new ObjectMapper().readTree(json.toFile()).get("seconds");
    var draft = seconds.get("generate: first draft");
    assertThat(draft.get("values")).hasSize(3);
    assertThat(draft.get("median").asDouble())
        .isPositive()
        .isLessThanOrEqualTo(seconds.at("/generate: whole text/median").asDouble());
    assertThat(seconds.get("--help").get("values")).hasSize(3);
    assertThat(out.toString()).contains("first draft", "--version");
  }

  @Test
  void aLauncherThatFailsIsOneLineWithItsOwnReason() throws Exception {
    String launcher = launcher("echo 'redraft generate: no model here' >&2; exit 2");
    assertThat(bench("--launcher", launcher)).isEqualTo(1);
    assertThat(err.toString()).hasLineCount(1).contains("ended with 2").contains("no model here");
  }

  @Test
  void aTextWithoutDraftsIsNoMeasurement() throws Exception {
    String launcher = launcher("echo '{\"number\": \"1\", \"final\": {}}'");
    assertThat(bench("--runs", "1", "--launcher", launcher)).isEqualTo(1);
    assertThat(err.toString()).contains("no draft event");
  }

  @Test
  void wrongInputNamesTheOption() {
    assertThat(bench("--runs", "0")).isEqualTo(2);
    assertThat(bench("--launcher", folder.toString())).isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--runs is 0"),
            line -> assertThat(line).contains("--launcher is " + folder));
  }

  @Test
  void helpShowsExamples() {
    assertThat(bench("--help")).isZero();
    assertThat(out.toString()).contains("Usage: redraft bench startup").contains("Examples:");
  }

  private int bench(String... options) {
    String[] args = new String[options.length + 2];
    args[0] = "bench";
    args[1] = "startup";
    System.arraycopy(options, 0, args, 2, options.length);
    return Main.run(args, new PrintWriter(out), new PrintWriter(err));
  }

  private String launcher(String script) throws Exception {
    Path file = folder.resolve("launcher");
    Files.writeString(file, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    return file.toString();
  }
}
