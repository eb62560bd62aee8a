package io.redraft.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BenchCommandTest {
  private final Bench bench = new Bench();

  @Test
  void everyMeasurementHasHelpWithExamples() {
    for (String what : new String[] {"serve", "samples", "startup", "train"}) {
      assertThat(bench.run(what, "--help")).isZero();
    }
    assertThat(bench.out().split("Examples:", -1)).hasSize(5);
  }

  @Test
  void whatIsNoMeasurementIsOneLineThatNamesIt() {
    assertThat(bench.run("nothing")).isEqualTo(2);
    assertThat(bench.err().lines()).satisfiesExactly(line -> assertThat(line).contains("nothing"));
  }
}
