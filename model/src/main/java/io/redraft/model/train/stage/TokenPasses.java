package io.redraft.model.train.stage;

import io.redraft.model.train.curriculum.FrozenStorage;
import io.redraft.model.train.curriculum.Stage;

/**
 * What a stage computes, in token-passes: one token through one block, forward and backward. A
 * block's forward pass, the gradient of its input and that of its weights are as many operations
 * each, so that a block of which nothing is recorded counts a third, one that a gradient passes two
 * thirds, and another third where it is computed again.
 */
public final class TokenPasses {
  private TokenPasses() {}

  /** Token-passes of so many tokens; what a cache holds is not computed. */
  public static double of(Stage stage, long tokens) {
    var thirds = 0L;
    for (var block = stage.executed().from(); block < stage.executed().to(); block++) {
      if (stage.trained().contains(block)) {
        thirds += 3;
      } else if (block < stage.lowest()) {
        thirds += 1;
      } else {
        thirds += stage.mechanics().frozen() == FrozenStorage.COMPUTE ? 2 : 3;
      }
    }
    return thirds * tokens / 3.0;
  }
}
