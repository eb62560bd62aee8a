package io.redraft.load.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.Bench;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelsCommandTest {
  @TempDir private Path folder;
  private final Bench bench = new Bench();

  @Test
  void kernelsMeasurePassesOfANetworkOfAnySizeAndItsMemory() throws Exception {
    var json = folder.resolve("passes.json");
    String[] sizes = {"--shape", "2x32x2x64x99", "--canvases", "1x16,2x24", "--rows", "4"};
    assertThat(
            bench.run(
                "kernels",
                sizes[0],
                sizes[1],
                sizes[2],
                sizes[3],
                sizes[4],
                sizes[5],
                "--block",
                "8",
                "--device",
                "cpu",
                "--compute",
                "float32",
                "--rounds",
                "2",
                "--json",
                json))
        .as(bench::err)
        .isZero();

    var report = new ObjectMapper().readTree(json.toFile());
    for (String canvases : new String[] {"1x16", "2x24"}) {
      var passes = report.at("/passes/" + canvases);
      assertThat(passes.get("seconds")).hasSize(4);
      assertThat(passes.at("/seconds/most probable tokens/values")).hasSize(2);
      assertThat(passes.at("/needed/weights").asLong()).isPositive();
    }
    assertThat(report.at("/difference from float32 on the CPU").asDouble()).isLessThan(1e-4);
    assertThat(bench.out()).contains("Milliseconds of a pass", "over the sum");
  }

  @Test
  void wrongSizesOfPassesAreOneLine() {
    String[] sized = {"kernels", "--canvases", "2x16", "--shape"};
    assertThat(bench.run(sized[0], sized[1], sized[2])).isEqualTo(2);
    assertThat(bench.run(sized[0], sized[1], sized[2], sized[3], "11M 1x32")).isEqualTo(2);
    assertThat(bench.run(sized[0], sized[1], "16", sized[3], "2x32x2x64x99")).isEqualTo(2);
    assertThat(bench.run(sized[0], sized[1], sized[2], sized[3], "2x32x2x64x99")).isEqualTo(2);
    assertThat(
            bench.run(
                sized[0], sized[1], sized[2], sized[3], "2x32x2x64x99", "--rows", 4, "--block", 2))
        .isEqualTo(2);
    assertThat(bench.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--shape is missing; allowed: LAYERSx"),
            line -> assertThat(line).contains("--shape is 11M 1x32; allowed: LAYERSx"),
            line -> assertThat(line).contains("--canvases is 16; allowed: CANVASESxTOKENS"),
            line -> assertThat(line).contains("--rows is 32; allowed: 1 to 16"),
            line -> assertThat(line).contains("--block is 2; allowed: 4 to 16"));
  }
}
