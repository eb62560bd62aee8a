package io.redraft.model.evaluate;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A text to evaluate on.
 *
 * @param tokens token ids, with an end of text after each document
 * @param bytes UTF-8 bytes of the documents
 * @param characters code points of the documents
 */
public record EvaluationText(int[] tokens, long bytes, long characters) {
  /**
   * Documents as a text to evaluate on.
   *
   * @param documents the documents
   * @param encoded their tokens
   * @param end the end of text that the model learnt, or -1
   */
  public static EvaluationText of(List<String> documents, List<int[]> encoded, int end) {
    long bytes = 0;
    long characters = 0;
    for (String document : documents) {
      bytes += document.getBytes(StandardCharsets.UTF_8).length;
      characters += document.codePointCount(0, document.length());
    }
    int ends = end < 0 ? 0 : encoded.size();
    int[] tokens = new int[encoded.stream().mapToInt(one -> one.length).sum() + ends];
    int at = 0;
    for (int[] document : encoded) {
      System.arraycopy(document, 0, tokens, at, document.length);
      at += document.length;
      if (end >= 0) {
        tokens[at++] = end;
      }
    }
    return new EvaluationText(tokens, bytes, characters);
  }
}
