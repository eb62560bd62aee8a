package io.redraft.model.checkpoint;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorOutput;
import io.redraft.model.safetensors.TensorView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Names and shapes of a network's weights, as Hugging Face's Llama has them. A linear layer's
 * weight is (out, in); query and key rows are in the half-rotation order of RoPE.
 */
public final class WeightLayout {
  /** How weights are stored. */
  public enum Storage {
    /** Everything in float32. */
    FLOAT32,
    /** Matrices as 8-bit weights with block scales, norms in float32. */
    INT8
  }

  private WeightLayout() {}

  /** Every weight of a network and its shape, in the order of the computation. */
  public static Map<String, long[]> of(NetworkConfig config) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    long width = config.width();
    long query = (long) config.heads() * config.headWidth();
    long keyValue = (long) config.keyValueHeads() * config.headWidth();
    long inner = config.feedForwardWidth();
    shapes.put("model.embed_tokens.weight", new long[] {config.vocabularySize(), width});
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = "model.layers." + layer + ".";
      shapes.put(prefix + "input_layernorm.weight", new long[] {width});
      shapes.put(prefix + "self_attn.q_proj.weight", new long[] {query, width});
      shapes.put(prefix + "self_attn.k_proj.weight", new long[] {keyValue, width});
      shapes.put(prefix + "self_attn.v_proj.weight", new long[] {keyValue, width});
      shapes.put(prefix + "self_attn.o_proj.weight", new long[] {width, query});
      shapes.put(prefix + "post_attention_layernorm.weight", new long[] {width});
      shapes.put(prefix + "mlp.gate_proj.weight", new long[] {inner, width});
      shapes.put(prefix + "mlp.up_proj.weight", new long[] {inner, width});
      shapes.put(prefix + "mlp.down_proj.weight", new long[] {width, inner});
    }
    shapes.put("model.norm.weight", new long[] {width});
    if (!config.tiedHead()) {
      shapes.put("lm_head.weight", new long[] {config.vocabularySize(), width});
    }
    shapes.putAll(config.time().weights(config.width(), config.layers()));
    return shapes;
  }

  /**
   * A network's weights, ready to be written.
   *
   * @param values gives a weight by its name, flattened row-major; asked once for each
   */
  public static List<TensorOutput> outputs(
      NetworkConfig config, Storage storage, Function<String, float[]> values) {
    List<TensorOutput> outputs = new ArrayList<>();
    of(config)
        .forEach(
            (name, shape) -> {
              float[] weight = values.apply(name);
              if (weight.length != TensorView.elementsOf(shape)) {
                throw new IllegalArgumentException(
                    name
                        + " has "
                        + weight.length
                        + " values, not "
                        + TensorView.elementsOf(shape));
              }
              if (storage == Storage.INT8 && shape.length > 1) {
                outputs.addAll(TensorOutput.quantized(name, shape, weight));
              } else {
                outputs.add(TensorOutput.float32(name, shape, weight));
              }
            });
    return outputs;
  }
}
