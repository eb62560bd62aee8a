package io.redraft.model.evaluate;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A dictionary: the spellings of a language, one entry a form ({@code walk}, {@code walks}, {@code
 * walked}). It guesses no forms of its own. A word is known
 *
 * <ul>
 *   <li>as an entry; in lower case too, and if all of it is in capitals, with one capital;
 *   <li>with {@code 's}, {@code n't}, {@code 'll}, {@code 've}, {@code 're} or {@code 'd} behind a
 *       word that is known;
 *   <li>with hyphens, if each of its parts is known.
 * </ul>
 *
 * <p>Of words of one letter, which lists have all of, only {@code a}, {@code A}, {@code I} and
 * {@code O} are known.
 */
public final class WordList {
  private static final Set<String> ONE_LETTER = Set.of("a", "A", "I", "O");
  private static final List<String> ENDINGS = List.of("'s", "n't", "'ll", "'ve", "'re", "'d");

  private final Set<String> entries;

  /** A list of these entries. */
  public WordList(Collection<String> entries) {
    this.entries = new HashSet<>(entries);
  }

  /**
   * Reads a list of one entry a line, UTF-8, such as Debian's {@code /usr/share/dict/words}.
   *
   * @throws InvalidInputException if the file cannot be read or has no entry
   */
  public static WordList read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw InvalidInputException.of(
          "dictionary", file, "a file of words, one a line (Debian's package wamerican has one)");
    }
    Set<String> entries = new HashSet<>();
    try (var lines = Files.lines(file)) {
      lines.map(String::strip).filter(line -> !line.isEmpty()).forEach(entries::add);
    } catch (IOException | java.io.UncheckedIOException e) {
      throw InvalidInputException.of("dictionary", file, "a UTF-8 file that can be read");
    }
    if (entries.isEmpty()) {
      throw InvalidInputException.of("dictionary", file, "a file with at least one word");
    }
    return new WordList(entries);
  }

  /** Number of entries. */
  public int size() {
    return entries.size();
  }

  /** Whether a word is known; apostrophes are {@code '}. */
  public boolean knows(String word) {
    if (word.codePointCount(0, word.length()) < 2) {
      return ONE_LETTER.contains(word);
    }
    return isEntry(word) || isEntryWithEnding(word) || isCompound(word);
  }

  private boolean isEntry(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    if (entries.contains(word) || entries.contains(lower)) {
      return true;
    }
    int second = word.offsetByCodePoints(0, 1);
    return word.equals(word.toUpperCase(Locale.ROOT))
        && entries.contains(word.substring(0, second) + lower.substring(second));
  }

  private boolean isEntryWithEnding(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    for (String ending : ENDINGS) {
      if (lower.endsWith(ending) && lower.length() > ending.length()) {
        return knows(word.substring(0, word.length() - ending.length()));
      }
    }
    return false;
  }

  private boolean isCompound(String word) {
    if (word.indexOf('-') < 0) {
      return false;
    }
    for (String part : word.split("-", -1)) {
      if (!knows(part)) {
        return false;
      }
    }
    return true;
  }
}
