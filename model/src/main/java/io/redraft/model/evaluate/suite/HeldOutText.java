package io.redraft.model.evaluate.suite;

import io.redraft.model.InvalidInputException;
import io.redraft.model.evaluate.EvaluationText;
import io.redraft.model.evaluate.HeldOutPiece;
import io.redraft.model.text.Tokenizer;
import io.redraft.model.train.TrainingDataLoader;
import java.util.List;

/** The evaluated documents in one tokenizer's tokens. */
final class HeldOutText {
  private final String data;
  private final List<String> documents;
  private final Tokenizer tokenizer;
  private List<int[]> encoded;
  private EvaluationText whole;

  /**
   * A text.
   *
   * @param data where it comes from, for errors
   */
  HeldOutText(String data, List<String> documents, Tokenizer tokenizer) {
    this.data = data;
    this.documents = documents;
    this.tokenizer = tokenizer;
  }

  /** All of it, with ends of text. */
  EvaluationText whole() {
    if (whole == null) {
      whole = TrainingDataLoader.evaluationText(tokenizer, documents);
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
    if (encoded == null) {
      encoded = documents.parallelStream().map(tokenizer::encode).toList();
    }
    List<HeldOutPiece> pieces = HeldOutPiece.of(encoded, length, least, count);
    if (pieces.isEmpty()) {
      int longest = encoded.stream().mapToInt(tokens -> tokens.length).max().orElse(0);
      throw InvalidInputException.of(
          "data",
          data + ", whose longest document has " + longest + " tokens",
          "a text with a document of " + least + " tokens or more, for " + what);
    }
    return pieces;
  }
}
