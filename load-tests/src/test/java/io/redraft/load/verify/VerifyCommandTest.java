package io.redraft.load.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.serve.ServedTexts;
import io.redraft.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command over a real pair of networks, small and random. */
class VerifyCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void countsWhatBothModesDid() throws Exception {
    var json = folder.resolve("verify.json");
    var prompts = Files.writeString(folder.resolve("prompts"), "a\n\nab\n");
    assertThat(
            run(
                "--model",
                ServedTexts.folder(folder.resolve("tiny")),
                "--verifier",
                ServedTexts.causalFolder(folder.resolve("causal")),
                "--texts",
                3,
                "--length",
                10,
                "--prompts",
                prompts,
                "--block",
                "2,4",
                "--repair-confidence",
                1,
                "--repair-margin",
                0,
                "--json",
                json))
        .as(() -> err.toString())
        .isZero();
    var report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.get("lossless")).hasSize(4); // two temperatures, two lengths of drafts
    for (var found : report.get("lossless")) {
      assertThat(found.get("unequal").asInt()).isZero();
      assertThat(found.get("texts").asInt()).isEqualTo(3);
      assertThat(found.get("accepted").asLong()).isBetween(0L, found.get("drafted").asLong());
      assertThat(found.get("rounds").asLong()).isBetween(1L, found.get("tokens").asLong() + 3);
    }
    var repair = report.get("repair");
    assertThat(repair.get("scored").asInt()).isGreaterThanOrEqualTo(repair.get("repaired").asInt());
    assertThat(repair.get("judged")).hasSize(1);
    assertThat(report.get("texts")).hasSize(3);
    assertThat(out.toString()).contains("Lossless texts", "Repaired texts, judged");
  }

  @Test
  void whatCannotBeMeasuredIsOneLine() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    assertThat(run("--model", model)).isEqualTo(2);
    assertThat(err.toString())
        .contains("--verifier is not given; allowed: a causal model's folder")
        .hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(run("--texts", 0)).isEqualTo(2);
    assertThat(err.toString()).contains("--texts is 0; allowed: 1 or more").hasLineCount(1);
  }

  private int run(Object... arguments) {
    var all = new ArrayList<>(List.of("bench", "verify"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return Main.run(
        all.toArray(String[]::new), new PrintWriter(out, true), new PrintWriter(err, true));
  }
}
