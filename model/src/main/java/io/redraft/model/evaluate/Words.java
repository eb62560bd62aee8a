package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The words of a text: longest runs of letters and digits, with single apostrophes and hyphens
 * inside them ({@code mother-in-law's} is one word) and the joiners that some scripts need there.
 * Runs with a digit are numbers and left out. A broken character (U+FFFD) counts as a letter, so
 * that it spoils the word it stands in.
 */
final class Words {
  private static final String LETTER = "[\\p{L}\\p{M}\\p{N}\\uFFFD]";

  /** Letters and zero-width joiners, which stand inside words of Indic scripts. */
  private static final String LETTERS = LETTER + "[\\p{L}\\p{M}\\p{N}\\uFFFD\\u200C\\u200D]*";

  private static final Pattern RUN = Pattern.compile(LETTERS + "(?:['’-]" + LETTERS + ")*");
  private static final Pattern DIGIT = Pattern.compile("\\p{N}");
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?:…\\n\"“«]");

  private Words() {}

  /**
   * A word of a text.
   *
   * @param spelling as it stands there, but for typographic apostrophes, which become {@code '}
   * @param first whether it may be the first word of a sentence or of a quotation: only there a
   *     capital says nothing
   */
  record Word(String spelling, boolean first) {
    /** Whether it looks like a name: a capital where none is due. */
    boolean nameLike() {
      return !first && Character.isUpperCase(spelling.codePointAt(0));
    }
  }

  /** The words in order. */
  static List<Word> of(String text) {
    List<Word> words = new ArrayList<>();
    Matcher runs = RUN.matcher(text);
    int end = 0;
    while (runs.find()) {
      if (!DIGIT.matcher(runs.group()).find()) {
        boolean first =
            words.isEmpty() || SENTENCE_END.matcher(text).region(end, runs.start()).find();
        words.add(new Word(runs.group().replace('’', '\''), first));
        end = runs.end();
      }
    }
    return words;
  }
}
