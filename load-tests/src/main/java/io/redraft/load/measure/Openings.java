package io.redraft.load.measure;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Beginnings of stories that measurements have written on. */
public final class Openings {
  private static final String BUILT_IN = "openings.txt";

  private Openings() {}

  /**
   * Openings from a file, one a line; the built-in ones without it.
   *
   * @throws InvalidInputException if the file cannot be read or has no line
   */
  public static List<String> of(Optional<Path> file) {
    var lines =
        file.map(Openings::read)
            .orElseGet(Openings::builtIn)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (lines.isEmpty()) {
      throw InvalidInputException.of("prompts", file.orElseThrow(), "a file with a prompt a line");
    }
    return lines;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw InvalidInputException.of("prompts", file, "a file with a prompt a line, in UTF-8");
    }
  }

  private static String builtIn() {
    try (var shipped = Openings.class.getResourceAsStream(BUILT_IN)) {
      return new String(shipped.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
