package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
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
    try (DeviceScope scope = kernels.scope()) {
      TensorList weights =
          kernels
              .call("prepare_network", scope)
              .tensors(tensors(config, source, scope))
              .integers(shape(config))
              .integer(type.scalarType())
              .flag(packed)
              .integer(config.contextLength())
              .integer(config.headWidth())
              .number(config.ropeTheta())
              .runList();
      return new PreparedNetwork(kernels, config, weights, packed);
    }
  }

  /** Weights in the order that {@code prepare_network} takes them. */
  private static List<NDArray> tensors(
      NetworkConfig config, TensorSource source, DeviceScope scope) {
    var tensors = new ArrayList<NDArray>();
    tensors.add(rows(source, scope, "model.embed_tokens.weight"));
    tensors.add(rows(source, scope, "model.norm.weight"));
    tensors.add(config.tiedHead() ? tensors.get(0) : rows(source, scope, "lm_head.weight"));
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "model.layers." + layer + ".";
      String attention = block + "self_attn.";
      tensors.add(rows(source, scope, block + "input_layernorm.weight"));
      tensors.add(
          rows(
              source,
              scope,
              attention + "q_proj.weight",
              attention + "k_proj.weight",
              attention + "v_proj.weight"));
      tensors.add(rows(source, scope, attention + "o_proj.weight"));
      tensors.add(rows(source, scope, block + "post_attention_layernorm.weight"));
      tensors.add(rows(source, scope, block + "mlp.gate_proj.weight"));
      tensors.add(rows(source, scope, block + "mlp.up_proj.weight"));
      tensors.add(rows(source, scope, block + "mlp.down_proj.weight"));
    }
    addTime(config, source, scope, tensors);
    return tensors;
  }

  /** What time conditioning adds; the modulations of all blocks are one matrix. */
  private static void addTime(
      NetworkConfig config, TensorSource source, DeviceScope scope, List<NDArray> tensors) {
    var modulations = new ArrayList<String>();
    for (String name : config.time().weights(config.width(), config.layers()).keySet()) {
      if (name.endsWith("adaln.weight")) {
        modulations.add(name);
      } else {
        tensors.add(rows(source, scope, name));
      }
    }
    if (!modulations.isEmpty()) {
      tensors.add(rows(source, scope, modulations.toArray(String[]::new)));
    }
  }

  /** Tensors of equal row width as one float32 tensor, one above the other. */
  private static NDArray rows(TensorSource source, DeviceScope scope, String... names) {
    long rows = 0;
    long elements = 0;
    for (String name : names) {
      rows += source.tensor(name).shape()[0];
      elements += source.tensor(name).elements();
    }
    var bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(elements * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    var floats = bytes.asFloatBuffer();
    for (String name : names) {
      TensorView tensor = source.tensor(name);
      floats.limit(floats.position() + (int) tensor.elements());
      tensor.readFloat32(0, floats);
      floats.position(floats.limit());
    }
    return source.tensor(names[0]).shape().length == 1
        ? scope.floats(bytes, rows)
        : scope.floats(bytes, rows, elements / rows);
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

  /** Ends the arguments of a kernel over whole canvases. */
  KernelCall withSettings(KernelCall call) {
    return call.integers(shape)
        .number(config.normEpsilon())
        .flag(config.attention() == AttentionMode.CAUSAL)
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
