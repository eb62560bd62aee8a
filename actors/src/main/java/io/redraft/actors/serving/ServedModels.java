package io.redraft.actors.serving;

import java.util.Optional;

/**
 * The models of a node.
 *
 * @param model the one that writes texts
 * @param verifier the causal one that verifies what it writes, with the same tokens; where there is
 *     one
 */
public record ServedModels(ModelLoader model, Optional<ModelLoader> verifier) {
  /** A model without a verifier. */
  public static ServedModels alone(ModelLoader model) {
    return new ServedModels(model, Optional.empty());
  }
}
