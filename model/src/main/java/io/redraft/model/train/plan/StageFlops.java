package io.redraft.model.train.plan;

import io.redraft.model.checkpoint.LayerPiece;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.curriculum.Stage;

/**
 * Floating-point operations of a stage a token, counted as for a whole network (Chowdhery et al.
 * 2022, appendix B): 2 a weight forward, 2 a weight for the gradient of a block's input where it is
 * needed, 2 a weight for that of the weights where they learn; attention 4 · T · width forward and
 * 8 backward; the same for the head and the share of rows that is asked about.
 *
 * @param trunk forward through blocks that the gradient does not reach
 * @param rest everything else
 */
public record StageFlops(double trunk, double rest) {
  /**
   * The operations of a stage, its stream not cached.
   *
   * @param tokens tokens in a sequence
   */
  public static StageFlops of(Stage stage, NetworkConfig network, int tokens) {
    var matrices = matrices(network);
    var attention = 4.0 * tokens * network.heads() * network.headWidth();
    var forward = 2 * matrices + attention;
    var backward = 2 * matrices + 2 * attention;
    var fixed =
        stage.mechanics().frozenUpProjection()
            ? (double) network.feedForwardWidth() * network.width()
            : 0;
    var reached = stage.lowest();
    var trunk = 0.0;
    var rest = head(stage, network);
    for (var block = stage.executed().from(); block < stage.executed().to(); block++) {
      if (block < reached) {
        trunk += forward;
        continue;
      }
      rest += forward + backward;
      rest += stage.trained().contains(block) ? 2 * (matrices - fixed) : 0;
    }
    return new StageFlops(trunk, rest);
  }

  /** Weights of a block; its norms count as ModelFlops counts them. */
  private static double matrices(NetworkConfig network) {
    return LayerPiece.of(network).get(1).parameters();
  }

  /** Rows are asked about in the mean of the lowest and the highest mask ratio. */
  private static double head(Stage stage, NetworkConfig network) {
    var table = (double) network.vocabularySize() * network.width();
    var asked = (stage.lowestRatio() + stage.highestRatio()) / 2;
    return asked * table * (stage.head() ? 6 : 4);
  }

  /** All of them. */
  public double all() {
    return trunk + rest;
  }
}
