package io.redraft.load.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.Bench;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainCommandTest {
  @TempDir private Path folder;
  private final Bench bench = new Bench();

  @Test
  void trainMeasuresStepsBesideTheirMatrixProducts() throws Exception {
    var json = folder.resolve("train.json");
    assertThat(
            bench.run(
                "train",
                "--device",
                "cpu",
                "--batch",
                "2",
                "--length",
                "16",
                "--width",
                "32",
                "--layers",
                "1",
                "--heads",
                "2",
                "--vocabulary",
                "64",
                "--steps",
                "2",
                "--rounds",
                "2",
                "--json",
                json))
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    for (String variant : new String[] {"whole sequence", "masked rows", "matrix products"}) {
      var seconds = report.at("/seconds/" + variant + "/values");
      assertThat(seconds).as(variant).hasSize(2);
      assertThat(seconds).allMatch(value -> value.asDouble() > 0);
    }
    assertThat(report.at("/shape/layers").asInt()).isEqualTo(1);
    assertThat(bench.out()).contains("CUDA graphs off");
  }

  @Test
  void wrongInputIsOneLineThatNamesTheOption() {
    assertThat(bench.run("train", "--heads", "3")).isEqualTo(2);
    assertThat(bench.run("train", "--rounds", "0")).isEqualTo(2);
    assertThat(bench.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--heads is 3; allowed: a divisor of --width (512)"),
            line -> assertThat(line).contains("--rounds is 0"));
  }
}
