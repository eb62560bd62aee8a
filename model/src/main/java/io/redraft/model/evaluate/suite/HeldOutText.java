package io.redraft.model.evaluate.suite;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.evaluate.HeldOutPiece;
import io.redraft.model.text.Tokenizer;
import java.util.List;

/** The evaluated documents in one tokenizer's tokens. */
final class HeldOutText {
  private final String data;
  private final List<String> documents;
  private final Tokenizer tokenizer;
  private final int end;
  private List<int[]> encoded;
  private EvaluationText whole;

  /**
   * A text.
   *
   * @param data where it comes from, for errors
   * @param end the end of text that the model learnt, or -1
   */
  HeldOutText(String data, List<String> documents, Tokenizer tokenizer, int end) {
    this.data = data;
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.end = end;
  }

  /** All of it, with ends of text. */
  EvaluationText whole() {
    if (whole == null) {
      whole = EvaluationText.of(documents, encoded(), end);
    }
    return whole;
  }

  /**
   * Pieces spread over it.
   *
   * @param what what they are for, for the error
   * @throws InvalidInputException if no document has {@code least} tokens
   */
  List<HeldOutPiece> pieces(int length, int least, int count, String what) {
    List<HeldOutPiece> pieces = HeldOutPiece.of(encoded(), length, least, count);
    if (pieces.isEmpty()) {
      int longest = encoded().stream().mapToInt(tokens -> tokens.length).max().orElse(0);
      throw InvalidInputException.of(
          "data",
          data + ", whose longest document has " + longest + " tokens",
          "a text with a document of " + least + " tokens or more, for " + what);
    }
    return pieces;
  }

  /** Pieces of the whole length where there are some, shorter ones otherwise. */
  List<HeldOutPiece> longPieces(int length, int count) {
    List<HeldOutPiece> whole = HeldOutPiece.of(encoded(), length, length, count);
    return whole.isEmpty() ? HeldOutPiece.of(encoded(), length, 1, count) : whole;
  }

  private List<int[]> encoded() {
    if (encoded == null) {
      encoded = documents.parallelStream().map(tokenizer::encode).toList();
    }
    return encoded;
  }
}
