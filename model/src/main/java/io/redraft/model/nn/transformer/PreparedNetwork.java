package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;
import java.util.List;

/**
 * A network's weights on a device, in the form that inference kernels read: gains of norms folded
 * into the matrices behind them, query, key and value side by side, and on the CPU every matrix in
 * the blocked layout of the matrix-product library. Confined to the thread that owns the kernels.
 *
 * <p>A network with {@link io.redraft.model.nn.TimeConditioning} is told every canvas's share of
 * masks: what a mask ratio is the expectation of, and all that a canvas shows of it. Pinned text
 * counts as visible.
 */
public final class PreparedNetwork implements AutoCloseable {
  private final Kernels kernels;
  private final NetworkConfig config;
  private final TensorList weights;
  private final long[] shape;
  private final boolean packed;

  private PreparedNetwork(
      Kernels kernels, NetworkConfig config, TensorList weights, boolean packed) {
    this.kernels = kernels;
    this.config = config;
    this.weights = weights;
    this.shape = shape(config);
    this.packed = packed;
  }

  private static long[] shape(NetworkConfig config) {
    return new long[] {
      config.heads(),
      config.keyValueHeads(),
      config.headWidth(),
      config.layers(),
      config.time().kind().ordinal()
    };
  }

  /**
   * Reads a network's weights and prepares them.
   *
   * @param source all weights of {@link io.redraft.model.checkpoint.WeightLayout}, in their shapes
   */
  public static PreparedNetwork load(
      Kernels kernels, NetworkConfig config, TensorSource source, ComputeType type) {
    return load(kernels, config, source, type, !kernels.device().isGpu());
  }

  /** The same, where {@code packed} says whether matrices get the CPU's blocked layout. */
  static PreparedNetwork load(
      Kernels kernels,
      NetworkConfig config,
      TensorSource source,
      ComputeType type,
      boolean packed) {
    var matrices = new FileMatrices(source);
    return new PreparedNetwork(
        kernels,
        config,
        new Preparation(kernels, config, matrices, type, packed).prepare(),
        packed);
  }

  /**
   * A network of random weights that are made on the device: for measurements of shapes of which
   * there is no file. Every matrix is normally distributed, gains are 1.
   *
   * @param deviation standard deviation of the weights
   */
  public static PreparedNetwork random(
      Kernels kernels, NetworkConfig config, ComputeType type, double deviation) {
    boolean packed = !kernels.device().isGpu();
    var matrices = new RandomMatrices(kernels, type, deviation);
    return new PreparedNetwork(
        kernels,
        config,
        new Preparation(kernels, config, matrices, type, packed).prepare(),
        packed);
  }

  /** Shape of the network. */
  public NetworkConfig config() {
    return config;
  }

  /** Where it computes. */
  public Kernels kernels() {
    return kernels;
  }

  /**
   * Logits for evaluation, one line of the vocabulary's size a row. The mask's is at most -1e30.
   *
   * @param canvas token ids
   * @param rows positions, ascending
   */
  public float[][] logits(int[] canvas, int[] rows) {
    try (DeviceScope scope = kernels.scope()) {
      float[] values =
          withSettings(
                  call("logits", scope)
                      .tensor(scope.ints(canvas, 1, canvas.length))
                      .tensor(scope.ints(rows, rows.length)))
              .runOne()
              .toFloatArray();
      var lines = new float[rows.length][];
      for (int i = 0; i < lines.length; i++) {
        lines[i] =
            java.util.Arrays.copyOfRange(
                values, i * config.vocabularySize(), (i + 1) * config.vocabularySize());
      }
      return lines;
    }
  }

  /**
   * Cross-entropy in nats of a target at each row.
   *
   * @param canvases sequences of equal length T
   * @param rows places to predict, as b · T + position
   * @param targets the token that is right at each row
   */
  public float[] crossEntropy(List<int[]> canvases, int[] rows, int[] targets) {
    try (DeviceScope scope = kernels.scope()) {
      long[] right = java.util.Arrays.stream(targets).asLongStream().toArray();
      return withSettings(
              call("cross_entropy", scope)
                  .tensor(canvases(scope, canvases))
                  .tensor(scope.ints(rows, rows.length))
                  .tensor(scope.longs(right, right.length)))
          .runOne()
          .toFloatArray();
    }
  }

  /** Sequences of equal length T as an int32 tensor (B, T). */
  static NDArray canvases(DeviceScope scope, List<int[]> canvases) {
    int length = canvases.get(0).length;
    var ids = new int[canvases.size() * length];
    for (int b = 0; b < canvases.size(); b++) {
      System.arraycopy(canvases.get(b), 0, ids, b * length, length);
    }
    return scope.ints(ids, canvases.size(), length);
  }

  /** A call of a kernel whose first argument is the network. */
  KernelCall call(String kernel, DeviceScope scope) {
    return kernels.call(kernel, scope).tensors(weights);
  }

  /** Ends the arguments of a kernel that attends as the network does by itself. */
  KernelCall withSettings(KernelCall call) {
    return withSettings(call, span());
  }

  /** The blocks in which the network attends by itself: its largest, where it has the choice. */
  int span() {
    return switch (config.attention()) {
      case BIDIRECTIONAL -> 0;
      case CAUSAL -> 1;
      case BLOCK_CAUSAL -> config.attentionBlocks().get(config.attentionBlocks().size() - 1);
    };
  }

  /**
   * The same.
   *
   * @param span size of the blocks that are attended to block-causally; 0 where every position sees
   *     all
   */
  KernelCall withSettings(KernelCall call, int span) {
    return call.integers(shape)
        .number(config.normEpsilon())
        .integer(span)
        .integer(config.maskToken())
        .flag(packed);
  }

  /** Heads, key/value heads, width of a head, blocks and kind of time conditioning. */
  long[] shape() {
    return shape.clone();
  }

  /** Whether matrices are in the CPU's blocked layout. */
  boolean packed() {
    return packed;
  }

  @Override
  public void close() {
    weights.close();
  }
}
