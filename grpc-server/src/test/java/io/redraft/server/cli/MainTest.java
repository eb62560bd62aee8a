package io.redraft.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.redraft.model.InvalidInputException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpGoesToStandardOutputWithExamples() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("Usage: redraft").contains("Examples:");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionIsTheBuildsOwn() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).matches("redraft \\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  @Test
  void anUnknownOptionIsOneLineThatNamesItAndExitCodeTwo() {
    assertThat(run("--no-such-option")).isEqualTo(2);
    assertOneLine().contains("--no-such-option");
  }

  @Test
  void anUnknownCommandIsToldWhichThereAre() {
    assertThat(run("generat")).isEqualTo(2);
    assertOneLine().contains("no command generat; allowed: generate, serve");
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(2);
    assertOneLine().contains("no command given");
  }

  @Test
  void wrongInputDeepInsideAFutureIsStillOneLine() {
    var wrong = InvalidInputException.of("temperature", -1.0, "0 to 100");
    int code = Failures.report(new CompletionException(wrong), "redraft", false, writer(err));
    assertThat(code).isEqualTo(2);
    assertOneLine().contains("temperature is -1.0; allowed: 0 to 100");
  }

  @Test
  void aFailureShowsItsTraceOnlyWhenAskedFor() {
    var failure = new IllegalStateException("first line\nsecond line");
    assertThat(Failures.report(failure, "redraft", false, writer(err))).isEqualTo(1);
    assertOneLine().contains("first line").doesNotContain("second");

    Failures.report(failure, "redraft", true, writer(err));
    assertThat(err.toString()).contains("at io.redraft");
  }

  private int run(String... args) {
    return Main.run(args, writer(out), writer(err));
  }

  private org.assertj.core.api.AbstractStringAssert<?> assertOneLine() {
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
    return assertThat(err.toString());
  }

  private static PrintWriter writer(StringWriter target) {
    return new PrintWriter(target);
  }
}
