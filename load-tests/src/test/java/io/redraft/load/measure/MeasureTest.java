package io.redraft.load.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureTest {
  @Test
  void theMedianIsTheMiddleOneOrBetweenTheMiddleTwo() {
    assertThat(series(9, 1, 5).median()).isEqualTo(5);
    assertThat(series(9, 1, 5, 6).median()).isEqualTo(5.5);
    assertThat(series(9, 1, 5).min()).isEqualTo(1);
    assertThat(series(9, 1, 5).max()).isEqualTo(9);
    assertThatThrownBy(() -> series().median()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theJackknifeOfAMeanIsItsStandardError() {
    double[] values = {3, 1, 4, 1, 5};
    // Mean 2.8, squares about it 12.8; 12.8 / 4 is the variance, over 5 that of the mean.
    double error =
        Jackknife.standardError(
            values.length,
            which ->
                IntStream.range(0, values.length)
                    .filter(which)
                    .mapToDouble(i -> values[i])
                    .average()
                    .orElseThrow());
    assertThat(error).isCloseTo(Math.sqrt(12.8 / 4 / 5), within(1e-12));
    assertThat(Jackknife.standardError(1, which -> 1)).isNaN();
  }

  @Test
  void processorTimesAreDifferencesOfWhatWasUsed() {
    var used = new CpuTimes(3, 10, 25, 9).since(new CpuTimes(1, 4, 11, 5));
    assertThat(used).isEqualTo(new CpuTimes(2, 6, 14, 4));
    assertThat(used.othersCores()).isEqualTo((14. - 6) / 4);
    long self = Thread.currentThread().getId();
    assertThat(CpuTimes.now(self).process()).isPositive();
    assertThat(CpuTimes.now(-1).threads()).isPositive(); // this thread's own, at least
  }

  @Test
  void everyRoundMeasuresEveryVariantOnceAndNotAlwaysInTheSameOrder() throws Exception {
    List<String> order = new ArrayList<>();
    var rounds = new Rounds<String>();
    for (String name : List.of("a", "b", "c")) {
      rounds.with(
          name,
          round -> {
            order.add(name);
            return round;
          });
    }
    var results = rounds.run(20, Duration.ZERO, round -> {});

    assertThat(results.keySet()).containsExactly("a", "b", "c");
    assertThat(results.get("b").values()).hasSize(20).isSorted();
    List<List<String>> turns = new ArrayList<>();
    for (int i = 0; i < order.size(); i += 3) {
      turns.add(order.subList(i, i + 3));
    }
    assertThat(turns).allSatisfy(turn -> assertThat(turn).containsOnlyOnce("a", "b", "c"));
    assertThat(turns.stream().distinct()).hasSizeGreaterThan(1);
  }

  @Test
  void aTableIsAlignedMarkdown() {
    var table = new Table("what", "ms").row("a step", "9.5").row("×2", "10.25");
    assertThat(table)
        .hasToString(
            """
            | what   |    ms |
            |--------|------:|
            | a step |   9.5 |
            | ×2     | 10.25 |
            """);
    assertThatThrownBy(() -> table.row("only one")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theJsonFileHoldsTheNumbersAndTheMachine(@TempDir Path folder) throws Exception {
    var out = new StringWriter();
    var file = folder.resolve("report.json");
    new Report("test", new PrintWriter(out))
        .put("seconds", series(3, 1, 2))
        .write(Optional.of(file));

    var json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.at("/seconds/median").asDouble()).isEqualTo(2);
    assertThat(json.at("/seconds/values")).hasSize(3);
    assertThat(json.at("/machine/cores").asInt())
        .isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(json.at("/machine/processor").asText()).isNotBlank();
    assertThat(out.toString())
        .startsWith("test: ")
        .contains(json.at("/machine/processor").asText());
  }

  private static Series series(double... values) {
    var series = new Series();
    for (double value : values) {
      series.add(value);
    }
    return series;
  }
}
