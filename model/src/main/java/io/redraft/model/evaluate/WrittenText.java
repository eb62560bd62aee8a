package io.redraft.model.evaluate;

import io.redraft.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * A text that a model wrote, or wrote a part of.
 *
 * @param seed its seed
 * @param parts what was given and what was written, in order
 * @param expected what would have been right; empty where nothing would
 * @param tokens all its tokens
 */
public record WrittenText(long seed, List<Part> parts, String expected, int[] tokens) {
  /**
   * A run of a text.
   *
   * @param text as it reads
   * @param written whether the model wrote it
   */
  public record Part(String text, boolean written) {}

  /**
   * A text by its tokens. Runs are decoded each by itself: a character cut in two is broken.
   *
   * @param written whether the model wrote the token at a place
   */
  static WrittenText of(
      long seed, int[] tokens, IntPredicate written, String expected, Tokenizer tokenizer) {
    List<Part> parts = new ArrayList<>();
    for (int from = 0; from < tokens.length; ) {
      int to = from;
      while (to < tokens.length && written.test(to) == written.test(from)) {
        to++;
      }
      parts.add(
          new Part(tokenizer.decode(Arrays.copyOfRange(tokens, from, to)), written.test(from)));
      from = to;
    }
    return new WrittenText(seed, List.copyOf(parts), expected, tokens);
  }

  /** The whole text. */
  public String text() {
    return parts.stream().map(Part::text).collect(Collectors.joining());
  }

  /** What was given. */
  public String given() {
    return only(false);
  }

  /** What the model wrote. */
  public String written() {
    return only(true);
  }

  private String only(boolean written) {
    return parts.stream()
        .filter(part -> part.written() == written)
        .map(Part::text)
        .collect(Collectors.joining());
  }
}
