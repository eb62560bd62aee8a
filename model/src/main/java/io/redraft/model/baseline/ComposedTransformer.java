package io.redraft.model.baseline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * A forward pass in float32 that makes one call of the array library for every operation: matrix
 * products, softmax, element by element. It has plain heads and bidirectional attention, fuses
 * query, key and value as well as gate and up, and holds its weights on the device; only kernels
 * are missing. The most probable token of every position comes out, with its probability.
 */
public final class ComposedTransformer implements AutoCloseable {
  private record Block(
      NDArray norm, NDArray qkv, NDArray out, NDArray norm2, NDArray gateUp, NDArray down) {}

  /** Tokens (B · T) row by row, and their probabilities. */
  public record Result(int[] tokens, float[] confidences) {}

  private final NetworkConfig config;
  private final Kernels kernels;
  private final DeviceScope scope;
  private final NDArray embedding;
  private final NDArray norm;
  private final NDArray head;
  private final NDArray cos;
  private final NDArray sin;
  private final List<Block> blocks = new ArrayList<>();

  /** Reads the weights of a network with as many key/value heads as query heads. */
  public ComposedTransformer(Kernels kernels, NetworkConfig config, TensorSource source) {
    if (config.heads() != config.keyValueHeads()
        || config.attention() != AttentionMode.BIDIRECTIONAL
        || !config.time().none()) {
      throw new IllegalArgumentException(
          "plain heads and bidirectional attention without time conditioning only");
    }
    this.config = config;
    this.kernels = kernels;
    this.scope = kernels.scope();
    this.embedding = read(source, "model.embed_tokens.weight");
    this.norm = read(source, "model.norm.weight");
    this.head = config.tiedHead() ? embedding : read(source, "lm_head.weight");
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "model.layers." + layer + ".";
      blocks.add(
          new Block(
              read(source, block + "input_layernorm.weight"),
              stacked(source, block + "self_attn.", "q_proj", "k_proj", "v_proj"),
              read(source, block + "self_attn.o_proj.weight"),
              read(source, block + "post_attention_layernorm.weight"),
              stacked(source, block + "mlp.", "gate_proj", "up_proj"),
              read(source, block + "mlp.down_proj.weight")));
    }
    int half = config.headWidth() / 2;
    var angles = new float[config.contextLength() * config.headWidth()];
    for (int t = 0; t < config.contextLength(); t++) {
      for (int i = 0; i < config.headWidth(); i++) {
        double frequency = Math.pow(config.ropeTheta(), -2.0 * (i % half) / config.headWidth());
        angles[t * config.headWidth() + i] = (float) (t * frequency);
      }
    }
    NDArray angle = scope.floats(angles, config.contextLength(), config.headWidth());
    this.cos = angle.cos();
    this.sin = angle.sin();
  }

  private NDArray read(TensorSource source, String name) {
    return scope.floats(source.tensor(name).toFloat32(), source.tensor(name).shape());
  }

  private NDArray stacked(TensorSource source, String prefix, String... names) {
    var list = new NDList();
    for (String name : names) {
      list.add(read(source, prefix + name + ".weight"));
    }
    return NDArrays.concat(list, 0);
  }

  /** One forward pass over canvases of equal length. */
  public Result forward(List<int[]> canvases) {
    try (DeviceScope step = kernels.scope()) {
      int batch = canvases.size();
      int length = canvases.get(0).length;
      var ids = new long[batch * length];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = canvases.get(i / length)[i % length];
      }
      NDManager manager = step.manager();
      NDArray h =
          Embedding.embedding(step.longs(ids, batch, length), embedding, SparseFormat.DENSE)
              .singletonOrThrow(); // (B, T, D)
      NDArray c = cos.get(manager, new NDIndex("0:" + length));
      NDArray s = sin.get(manager, new NDIndex("0:" + length));
      for (Block block : blocks) {
        h = h.add(attention(linear(norm(h, block.norm), block.qkv), block, c, s));
        NDList gateUp =
            linear(norm(h, block.norm2), block.gateUp)
                .split(new long[] {config.feedForwardWidth()}, 2);
        NDArray gate = Activation.swish(gateUp.get(0), 1);
        h = h.add(linear(gate.mul(gateUp.get(1)), block.down));
      }
      NDArray logits = linear(norm(h, norm), head); // (B, T, V)
      logits.set(new NDIndex("..., {}", config.maskToken()), Float.NEGATIVE_INFINITY);
      NDArray probabilities = logits.softmax(-1);
      NDArray tokens = probabilities.argMax(-1);
      NDArray confidences = probabilities.max(new int[] {-1});
      return new Result(
          tokens.toType(DataType.INT32, false).toIntArray(), confidences.toFloatArray());
    }
  }

  private static NDArray linear(NDArray x, NDArray w) {
    return Linear.linear(x, w).singletonOrThrow();
  }

  private NDArray norm(NDArray h, NDArray gain) {
    NDArray scale = h.square().mean(new int[] {-1}, true).add(config.normEpsilon()).sqrt();
    return h.div(scale).mul(gain);
  }

  /** qkv (B, T, 3·D) -> what attention adds to the stream (B, T, D). */
  private NDArray attention(NDArray qkv, Block block, NDArray cos, NDArray sin) {
    long batch = qkv.getShape().get(0);
    long length = qkv.getShape().get(1);
    int heads = config.heads();
    int width = config.headWidth();
    NDArray split =
        qkv.reshape(batch, length, 3, heads, width).transpose(2, 0, 3, 1, 4); // (3, B, H, T, E)
    NDArray q = rotate(split.get(0), cos, sin);
    NDArray k = rotate(split.get(1), cos, sin);
    NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)).div(Math.sqrt(width)); // (B, H, T, T)
    NDArray mixed = scores.softmax(-1).matMul(split.get(2)); // (B, H, T, E)
    return linear(
        mixed.transpose(0, 2, 1, 3).reshape(new Shape(batch, length, (long) heads * width)),
        block.out);
  }

  private static NDArray rotate(NDArray x, NDArray cos, NDArray sin) {
    NDList halves = x.split(2, 3);
    NDArray turned = NDArrays.concat(new NDList(halves.get(1).neg(), halves.get(0)), 3);
    return x.mul(cos).add(turned.mul(sin));
  }

  @Override
  public void close() {
    scope.close();
  }
}
