package io.redraft.model.text;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.CounterHash;

/**
 * Which documents are kept for evaluation. It depends on a document's text alone: not on the order
 * of the files, and copies of a document are never on both sides.
 *
 * @param validation share of the documents that is kept, 0 to less than 1
 */
public record DocumentSplit(double validation) {
  private static final long SEED = CounterHash.derive(0, "document split");

  public DocumentSplit {
    if (!(validation >= 0 && validation < 1)) {
      throw InvalidInputException.of("validation", validation, "0 to less than 1");
    }
  }

  /** Whether a document is kept for evaluation. */
  public boolean keeps(String document) {
    long hash = document.length();
    for (int i = 0; i < document.length(); i++) {
      hash = hash * 0x100000001B3L ^ document.charAt(i); // FNV-1, 64 bits
    }
    return CounterHash.unit(CounterHash.bits(SEED, hash)) < validation;
  }
}
