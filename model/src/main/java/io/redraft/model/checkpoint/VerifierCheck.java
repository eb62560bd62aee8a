package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import java.util.Arrays;

/**
 * Whether one model can verify another's texts. Both must mean the same by every token id, since
 * they pass ids to each other; how text becomes ids only concerns the model that is verified.
 */
public final class VerifierCheck {
  private VerifierCheck() {}

  /**
   * Refuses a pair that does not fit.
   *
   * @param model what writes texts
   * @param verifier what is to verify them
   * @throws InvalidInputException naming what does not fit
   */
  public static void check(ModelFolder model, ModelFolder verifier) {
    if (verifier.config().attention() != AttentionMode.CAUSAL) {
      throw wrong(verifier, "is no causal model; allowed: a causal one");
    }
    if (model.config().attention() == AttentionMode.CAUSAL) {
      throw wrong(
          verifier, "would verify " + model.path() + ", which is causal itself; allowed: none");
    }
    int size = model.config().vocabularySize();
    if (verifier.config().vocabularySize() != size) {
      throw wrong(
          verifier,
          "has a vocabulary of %d tokens; allowed: the %d of %s"
              .formatted(verifier.config().vocabularySize(), size, model.path()));
    }
    if (verifier.config().endToken() != model.config().endToken()) {
      throw wrong(
          verifier,
          "ends texts with token %d; allowed: %d, as %s does"
              .formatted(verifier.config().endToken(), model.config().endToken(), model.path()));
    }
    var written = model.tokenizer();
    var read = verifier.tokenizer();
    for (int token = 0; token < size; token++) {
      if (token != model.config().maskToken()
          && !Arrays.equals(written.piece(token), read.piece(token))) {
        throw wrong(
            verifier,
            "has other tokens, the first of them %d; allowed: those of %s"
                .formatted(token, model.path()));
      }
    }
  }

  private static InvalidInputException wrong(ModelFolder verifier, String what) {
    return new InvalidInputException("verifier", "verifier " + verifier.path() + " " + what);
  }
}
