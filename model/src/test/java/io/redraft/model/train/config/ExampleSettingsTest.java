package io.redraft.model.train.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The settings that ship with Redraft, on their way to a process that trains. */
class ExampleSettingsTest {
  static Stream<Path> examples() throws IOException {
    try (var files = Files.walk(Path.of("..", "examples"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void sayTheSameWhereTheyArriveAsText(Path example) {
    var settings = TrainingConfig.load(example, List.of("run.time_limit=90 s"));
    var sent = TrainingConfigFile.dump(settings);
    assertThat(TrainingConfig.parse("config", sent, List.of())).isEqualTo(settings);
  }
}
