package io.redraft.model.train.stage;

import io.redraft.model.train.config.FrozenStorage;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import java.util.List;

/**
 * What a stage computes, in token-passes: one token through one block, forward and backward. A
 * block's forward pass, the gradient of its input and that of its weights are as many operations
 * each, so that a block of which nothing is recorded counts a third, one that a gradient passes two
 * thirds, and another third where it is computed again.
 */
public final class TokenPasses {
  private TokenPasses() {}

  /** Token-passes of a run with a curriculum, over all of its stages. */
  public static double of(TrainingConfig config, List<Stage> stages) {
    return stages.stream().mapToDouble(stage -> of(stage, tokens(config, stage.steps()))).sum();
  }

  /** Token-passes of a run that trains all of its layers in every step. */
  public static double endToEnd(TrainingConfig config) {
    return (double) config.model().layers() * tokens(config, config.training().steps());
  }

  /** Tokens that so many steps of a run read. */
  public static long tokens(TrainingConfig config, long steps) {
    return steps * config.tokensPerStep();
  }

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
