package io.redraft.load.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.Bench;
import io.redraft.load.serve.ServedTexts;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplesCommandTest {
  @TempDir private Path folder;
  private final Bench bench = new Bench();

  @Test
  void samplesAreAllSeedsInOrderAndTheSameEveryTime() throws Exception {
    var model = ServedTexts.folder(folder.resolve("tiny"));
    var words = Files.writeString(folder.resolve("words"), "a\n");
    var json = folder.resolve("samples.json");
    for (int time = 0; time < 2; time++) {
      assertThat(
              bench.run(
                  "samples",
                  "--model",
                  model,
                  "--samples",
                  "18",
                  "--seed",
                  "7",
                  "--dictionary",
                  words,
                  "--json",
                  json.resolveSibling(time + ".json"),
                  "--print"))
          .isZero();
    }
    var first = new ObjectMapper().readTree(folder.resolve("0.json").toFile());
    var second = new ObjectMapper().readTree(folder.resolve("1.json").toFile());
    assertThat(first.get("texts")).hasSize(18);
    assertThat(first.at("/texts/0/seed").asLong()).isEqualTo(7);
    assertThat(first.at("/texts/17/seed").asLong()).isEqualTo(24);
    assertThat(first.get("texts")).isEqualTo(second.get("texts"));
    assertThat(first.get("metrics")).isEqualTo(second.get("metrics"));
    assertThat(first.at("/metrics/texts").asInt()).isEqualTo(18);
    assertThat(bench.out()).contains("[seed 24]", "words in the dictionary");
  }

  @Test
  void wrongInputIsOneLineThatNamesTheOption() {
    assertThat(bench.run("samples", "--samples", "0")).isEqualTo(2);
    assertThat(bench.run("samples", "--dictionary", folder)).isEqualTo(2);
    assertThat(bench.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--samples is 0"),
            line -> assertThat(line).contains("--dictionary is " + folder));
  }
}
