package io.redraft.model.train;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch as the training kernels read it: one array of whole numbers (ids, rows, targets) and a
 * list of float32 arrays (weights of rows; signal, amount and, if noise is predicted, weights of
 * errors where embeddings are noised; last the mask ratios for a network that is told them, or the
 * number of every token's block where attention is block-causal).
 *
 * @param shape what decides the arrays' sizes
 */
public record StepInputs(Shape shape, int[] packed, List<float[]> reals) {
  /** What rows are padded to a multiple of. */
  public static final int ROW_MULTIPLE = 512;

  /** What is done to embeddings, and what is predicted; kernels know it by its ordinal. */
  public enum Mode {
    CLEAN,
    NOISED,
    NOISED_BOTH_PREDICTED,
    NOISED_NOISE_PREDICTED
  }

  /**
   * What is done to embeddings, and who attends to whom: what the kernels' own control flow reads.
   */
  public record Kind(Mode mode, AttentionMode attention) {
    /** A network's shape as the training kernels read it ({@code net} in train_step.py). */
    public long[] net(NetworkConfig c, Numerics numerics, boolean noiseHead) {
      return new long[] {
        c.vocabularySize(),
        c.width(),
        c.layers(),
        c.heads(),
        c.keyValueHeads(),
        c.headWidth(),
        c.feedForwardWidth(),
        c.tiedHead() ? 1 : 0,
        attention.ordinal(),
        c.maskToken(),
        numerics.scalarType(),
        numerics.rowChunk(),
        c.time().kind().ordinal(),
        c.time().buckets(),
        mode.ordinal(),
        noiseHead ? 1 : 0
      };
    }
  }

  /** Numbers of sequences, places of each, and rows; the size of blocks is not among them. */
  public record Shape(int batch, int length, int rows, Kind kind) {}

  /** Packs a batch for a network. */
  public static StepInputs of(TokenBatch batch, NetworkConfig network) {
    var reals = new ArrayList<float[]>();
    reals.add(batch.weights());
    var mode = mode(batch);
    if (mode != Mode.CLEAN) {
      reals.add(batch.noise().signal());
      reals.add(batch.noise().amount());
    }
    if (batch.noise().predicted()) {
      reals.add(batch.noise().weights());
    }
    if (!network.time().none()) {
      reals.add(batch.toldRatios(network.maskToken()));
    }
    var attention = network.attention();
    if (batch.blockSize() > 0) {
      reals.add(blocks(batch));
      attention = AttentionMode.BLOCK_CAUSAL;
    } else if (attention == AttentionMode.BLOCK_CAUSAL) {
      throw new IllegalArgumentException("a network that attends block-causally asks for blocks");
    }
    var shape = new Shape(batch.batch(), batch.length(), batch.size(), new Kind(mode, attention));
    return new StepInputs(shape, pack(batch), reals);
  }

  private static float[] blocks(TokenBatch batch) {
    var blocks = new float[batch.tokens()];
    for (var i = 0; i < blocks.length; i++) {
      blocks[i] = i / batch.blockSize();
    }
    return blocks;
  }

  private static Mode mode(TokenBatch batch) {
    if (batch.noise().none()) {
      return Mode.CLEAN;
    }
    if (!batch.noise().predicted()) {
      return Mode.NOISED;
    }
    return batch.noise().tokens() ? Mode.NOISED_BOTH_PREDICTED : Mode.NOISED_NOISE_PREDICTED;
  }

  private static int[] pack(TokenBatch batch) {
    var inputs = batch.inputs().length;
    var packed = Arrays.copyOf(batch.inputs(), inputs + 2 * batch.size());
    System.arraycopy(batch.rows(), 0, packed, inputs, batch.size());
    System.arraycopy(batch.targets(), 0, packed, inputs + batch.size(), batch.size());
    return packed;
  }

  /**
   * What the rows of a batch are padded to a multiple of.
   *
   * @param few whether steps come in few sizes, because each is recorded: then it is a
   *     thirty-second of all places, at least
   */
  public static int rowMultiple(TokenBatch batch, boolean few) {
    var least = few ? batch.batch() * batch.tokens() / 32 : 0;
    return Math.max(ROW_MULTIPLE, (least + ROW_MULTIPLE - 1) / ROW_MULTIPLE * ROW_MULTIPLE);
  }

  /** All arrays on a device, the whole numbers first. */
  public List<NDArray> arrays(DeviceScope scope) {
    List<NDArray> arrays = new ArrayList<>();
    arrays.add(ints(scope));
    arrays.addAll(floats(scope));
    return arrays;
  }

  /** The whole numbers on a device. */
  public NDArray ints(DeviceScope scope) {
    return scope.ints(packed, packed.length);
  }

  /** The other arrays on a device. */
  public List<NDArray> floats(DeviceScope scope) {
    return reals.stream().map(values -> scope.floats(values, values.length)).toList();
  }
}
