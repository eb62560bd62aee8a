package io.redraft.load.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.load.Bench;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCommandTest {
  @TempDir private Path folder;
  private final Bench bench = new Bench();

  @Test
  void cacheMeasuresReadingStreamsBesideComputingThemAndRemovesItsFiles() throws Exception {
    var json = folder.resolve("cache.json");
    var files = Files.createDirectory(folder.resolve("files"));
    assertThat(
            bench.run(
                "cache",
                "--width",
                "16",
                "--heads",
                "2",
                "--layers",
                "2",
                "--length",
                "8",
                "--samples",
                "20",
                "--folder",
                files,
                "--json",
                json))
        .as(bench::err)
        .isZero();
    var seconds = new ObjectMapper().readTree(json.toFile()).get("seconds");
    assertThat(seconds).hasSize(3);
    seconds.forEach(variant -> assertThat(variant.at("/values")).hasSize(5));
    assertThat(files).isEmptyDirectory();
    assertThat(bench.run("cache", "--samples", "0")).isEqualTo(2);
    assertThat(bench.err()).contains("--samples is 0; allowed: 1 or more");
  }
}
