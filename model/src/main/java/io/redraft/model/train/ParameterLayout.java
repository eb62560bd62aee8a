package io.redraft.model.train;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Where every weight of a network lies in one flat array: first the matrices, which weight decay
 * acts on, then the gains. Query, key and value lie side by side, as do gate and up, so that each
 * group is one matrix product. An optimizer step over one flat array takes a handful of kernels
 * instead of a handful for every parameter.
 */
public final class ParameterLayout {
  /**
   * A weight.
   *
   * @param name standard name in a model's files
   * @param shape (rows, columns) of a matrix, (length) of a gain
   * @param offset place of its first element
   */
  public record Parameter(String name, List<Long> shape, int offset) {
    /** Number of elements. */
    public int size() {
      return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }

    /** The shape as an array. */
    public long[] dimensions() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  private final NetworkConfig network;
  private final List<Parameter> parameters = new ArrayList<>();
  private final int decayed;
  private final boolean noiseHead;
  private int size;

  /** Lays out a network. */
  public ParameterLayout(NetworkConfig network) {
    this(network, false);
  }

  /**
   * Lays out a network, and beside it the linear layer that predicts the noise of embeddings, which
   * only training needs.
   */
  public ParameterLayout(NetworkConfig network, boolean noiseHead) {
    this.network = network;
    this.noiseHead = noiseHead;
    var vocabulary = network.vocabularySize();
    var width = network.width();
    var query = network.heads() * network.headWidth();
    var keyValue = network.keyValueHeads() * network.headWidth();
    add("model.embed_tokens.weight", vocabulary, width);
    if (!network.tiedHead()) {
      add("lm_head.weight", vocabulary, width);
    }
    for (var i = 0; i < network.layers(); i++) {
      var layer = "model.layers." + i + ".";
      add(layer + "self_attn.q_proj.weight", query, width);
      add(layer + "self_attn.k_proj.weight", keyValue, width);
      add(layer + "self_attn.v_proj.weight", keyValue, width);
      add(layer + "self_attn.o_proj.weight", width, query);
      add(layer + "mlp.gate_proj.weight", network.feedForwardWidth(), width);
      add(layer + "mlp.up_proj.weight", network.feedForwardWidth(), width);
      add(layer + "mlp.down_proj.weight", width, network.feedForwardWidth());
    }
    network.time().weights(width, network.layers()).forEach(this::add);
    if (noiseHead) {
      add("noise_head.weight", width, width);
    }
    this.decayed = size;
    for (var i = 0; i < network.layers(); i++) {
      var layer = "model.layers." + i + ".";
      add(layer + "input_layernorm.weight", width);
      add(layer + "post_attention_layernorm.weight", width);
    }
    add("model.norm.weight", width);
  }

  private void add(String name, long... shape) {
    var dimensions = java.util.Arrays.stream(shape).boxed().toList();
    var elements = dimensions.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    if (size + elements > LongArrays.MOST) {
      throw InvalidInputException.of(
          "model",
          "%,d weights up to %s".formatted((long) (size + elements), name),
          "at most %,d, as they lie in one array; a curriculum trains larger ones"
              .formatted(LongArrays.MOST));
    }
    var parameter = new Parameter(name, dimensions, size);
    parameters.add(parameter);
    size += parameter.size();
  }

  /** Number of weights. */
  public int size() {
    return size;
  }

  /** Number of weights that weight decay acts on; they come first. */
  public int decayed() {
    return decayed;
  }

  /** All weights in the order of their places. */
  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  /** Whether there is a layer that predicts noise. */
  public boolean noiseHead() {
    return noiseHead;
  }

  /** The network that is laid out. */
  public NetworkConfig network() {
    return network;
  }
}
