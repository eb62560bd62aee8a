package io.redraft.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
  @TempDir private Path folder;

  @Test
  void stepsThatAreTakenAgainAreToldOnce() throws Exception {
    var file = folder.resolve("metrics.jsonl");
    try (var log = MetricsLog.open(file, 0)) {
      for (var step = 1; step <= 5; step++) {
        log.write(Map.of("step", step));
      }
    }
    try (var log = MetricsLog.open(file, 3)) {
      log.write(Map.of("step", 4));
    }
    assertThat(Files.readAllLines(file))
        .containsExactly("{\"step\":1}", "{\"step\":2}", "{\"step\":3}", "{\"step\":4}");
  }

  @Test
  void aLineThatAKilledProcessLeftUnfinishedIsCutOff() throws Exception {
    var file = folder.resolve("metrics.jsonl");
    Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"lo");
    try (var log = MetricsLog.open(file, 9)) {
      log.write(Map.of("step", 2));
    }
    assertThat(Files.readAllLines(file)).containsExactly("{\"step\":1}", "{\"step\":2}");
  }
}
