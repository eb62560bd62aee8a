package io.redraft.model.train.stage;

import io.redraft.model.checkpoint.LayerPiece;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.curriculum.FrozenStorage;
import io.redraft.model.train.curriculum.Stage;

/**
 * What a stage needs of its device's memory, in bytes. A weight that learns has a float32 master,
 * gradient, two moments and average, and a copy in the format that is computed in where that is
 * another one; one that does not learn exists in that format, or in 8 or 4 bits with a float16
 * scale for every 64. Blocks before a cached stream are not there at all.
 *
 * @param parameters weights that the stage computes with, adapters included
 * @param trainedParameters those of them that learn
 * @param trainedWeights masters and copies of weights that learn
 * @param frozenWeights weights that do not
 * @param gradient of weights that learn
 * @param moments both moments of weights that learn
 * @param average of weights that learn
 * @param activations what blocks keep for the backward pass, and the work space of one block
 * @param head logits of the rows that are computed at a time, with their gradient
 */
public record StageMemory(
    long parameters,
    long trainedParameters,
    long trainedWeights,
    long frozenWeights,
    long gradient,
    long moments,
    long average,
    long activations,
    long head) {
  private static final int MASTER = Float.BYTES;
  private static final double SCALE = 2.0 / 64;

  /** Logits that exist at a time. */
  private static final long LOGITS = 1 << 26;

  /**
   * The memory of a stage.
   *
   * @param network the network that all stages make together
   * @param batch sequences in a micro-batch
   * @param tokens tokens in a sequence
   */
  public static StageMemory of(
      Stage stage, NetworkConfig network, int batch, int tokens, ComputeType compute) {
    var width = compute == ComputeType.BFLOAT16 ? 2 : 4;
    var weights = Weights.of(stage, network);
    var learning = weights.trained + weights.adapters;
    return new StageMemory(
        learning + weights.frozen + weights.frozenBlocks,
        learning,
        learning * (MASTER + (width == MASTER ? 0 : width)),
        weights.frozen * width
            + Math.round(weights.frozenBlocks * bytes(stage.mechanics().frozen(), width)),
        learning * MASTER,
        learning * 2 * MASTER,
        learning * MASTER,
        activations(stage, network) * width * batch * tokens,
        head(network, (long) batch * tokens, width));
  }

  private static double bytes(FrozenStorage storage, int width) {
    return switch (storage) {
      case COMPUTE -> width;
      case INT8 -> 1 + SCALE;
      case INT4 -> 0.5 + SCALE;
    };
  }

  /** Weights of a stage by what becomes of them. */
  private record Weights(long trained, long frozen, long frozenBlocks, long adapters) {
    static Weights of(Stage stage, NetworkConfig network) {
      var upProjection =
          stage.mechanics().frozenUpProjection()
              ? (long) network.feedForwardWidth() * network.width()
              : 0;
      var first = first(stage);
      long trained = 0;
      long frozen = 0;
      long frozenBlocks = 0;
      long adapters = 0;
      var block = 0;
      for (var piece : LayerPiece.of(network)) {
        var size = piece.parameters();
        if (piece.name().equals(LayerPiece.EMBEDDINGS)) {
          var learns = stage.embeddings() || stage.head() && network.tiedHead();
          var there = learns || !stage.mechanics().cached() || network.tiedHead();
          trained += learns ? size : 0;
          frozen += there && !learns ? size : 0;
        } else if (piece.name().equals(LayerPiece.HEAD)) {
          trained += stage.head() ? size : 0;
          frozen += stage.head() ? 0 : size;
        } else if (stage.trained().contains(block)) {
          trained += size - upProjection;
          frozen += upProjection;
        } else if (block >= first && block < stage.executed().to()) {
          frozenBlocks += size;
          adapters += adapters(piece, stage.mechanics().adapterRank());
        }
        block += piece.name().startsWith("layer-") ? 1 : 0;
      }
      return new Weights(trained, frozen, frozenBlocks, adapters);
    }

    /** Rank · (rows + columns) for every matrix of a block. */
    private static long adapters(LayerPiece piece, int rank) {
      return piece.shapes().entrySet().stream()
          .filter(weight -> weight.getKey().endsWith("_proj.weight"))
          .mapToLong(weight -> rank * (weight.getValue()[0] + weight.getValue()[1]))
          .sum();
    }
  }

  /** The first block that is there. */
  private static int first(Stage stage) {
    return stage.mechanics().cached() ? stage.trained().from() : stage.executed().from();
  }

  /**
   * Numbers a token. A block that learns keeps its two norms' inputs and results, query, key, value
   * and attention's result, gate, up and their product; one that only passes the gradient on does
   * not keep what a product of matrices needs for the gradient of its weights.
   */
  private static long activations(Stage stage, NetworkConfig network) {
    var width = (long) network.width();
    var query = (long) network.heads() * network.headWidth();
    var keyValue = (long) network.keyValueHeads() * network.headWidth();
    var inner = (long) network.feedForwardWidth();
    var passing = 2 * width + 2 * query + 2 * keyValue + 2 * inner;
    var learning = passing + 2 * width + inner;
    var numbers = 2 * width + 3 * inner + 2 * width; // the stream and its gradient, one block's own
    for (var block = stage.lowest(); block < stage.executed().to(); block++) {
      var weights = stage.trained().contains(block) || stage.mechanics().adapterRank() > 0;
      numbers += weights ? learning : passing;
    }
    return numbers;
  }

  /** Logits in float32 and in the format of the computation, and the gradient of these. */
  private static long head(NetworkConfig network, long tokens, int width) {
    var vocabulary = network.vocabularySize();
    var rows = Math.min(tokens, Math.max(256, LOGITS / vocabulary / 256 * 256));
    return rows * vocabulary * (2L * Float.BYTES + width);
  }

  /** All of it. */
  public long total() {
    return trainedWeights + frozenWeights + gradient + moments + average + activations + head;
  }
}
