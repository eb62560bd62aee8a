package io.redraft.model.report;

import java.util.List;

/**
 * A text to look at, under a label; parts of it may be marked, such as what a model wrote between
 * what it was given.
 *
 * @param label what it is: a seed, a prompt, a model
 * @param parts the text in order
 */
public record SampleText(String label, List<Part> parts) {
  /**
   * A run of a text.
   *
   * @param text as it reads
   * @param marked whether it is set off
   */
  public record Part(String text, boolean marked) {}

  public SampleText {
    parts = List.copyOf(parts);
  }

  /** A text without marks. */
  public static SampleText of(String label, String text) {
    return new SampleText(label, List.of(new Part(text, false)));
  }

  void write(Markup out) {
    out.open("figure", "class", "sample").leaf("figcaption", label).open("div");
    for (Part part : parts) {
      if (part.marked()) {
        out.leaf("mark", part.text());
      } else {
        out.text(part.text());
      }
    }
    out.close().close().line();
  }
}
