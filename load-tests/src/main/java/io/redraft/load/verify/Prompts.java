package io.redraft.load.verify;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Beginnings of texts. */
final class Prompts {
  private static final List<String> OPENINGS =
      List.of(
          "Once upon a time",
          "One day",
          "The little dog",
          "In a small village by the sea",
          "Lily loved to",
          "There was an old clock that",
          "Every night the moon",
          "A brave mouse named",
          "The rain had stopped and",
          "Grandma opened the box and",
          "Deep in the forest",
          "Tom and his sister",
          "The dragon was not angry, it was",
          "When the snow melted",
          "Nobody believed that",
          "On the last day of summer",
          "The robot woke up",
          "Mia found a map",
          "The teacher asked the class",
          "Far away, on an island");

  private Prompts() {}

  /**
   * As many as are wanted, from the beginning again when they are used up.
   *
   * @param file one a line; empty lines are left out
   * @throws InvalidInputException if it cannot be read or has none
   */
  static List<String> of(Optional<Path> file, int count) {
    var known = file.map(Prompts::read).orElse(OPENINGS);
    return IntStream.range(0, count).mapToObj(i -> known.get(i % known.size())).toList();
  }

  private static List<String> read(Path file) {
    try {
      var lines =
          Files.readAllLines(file, StandardCharsets.UTF_8).stream()
              .filter(line -> !line.isBlank())
              .toList();
      if (lines.isEmpty()) {
        throw InvalidInputException.of("prompts", file + ", which is empty", "a line or more");
      }
      return lines;
    } catch (IOException e) {
      throw InvalidInputException.of("prompts", file, "a file of UTF-8 text that can be read");
    }
  }
}
