package io.redraft.model.nn.transformer;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.tensor.Kernels;

/**
 * From a model's files to something that generates. To be called by the thread that owns the
 * device, which then uses and closes what it gets; the kernels stay open and serve other models.
 *
 * <pre>{@code
 * ModelFolder folder = ModelFolder.open(path);
 * Kernels kernels = Kernels.open(device);
 * Denoiser denoiser = Networks.denoiser(
 *     folder.config(), folder.weights(), kernels, ComputeType.of("auto", device));
 * }</pre>
 */
public final class Networks {
  private Networks() {}

  /**
   * A network with a mask token, as a denoiser.
   *
   * @throws InvalidInputException if it has none
   */
  public static Denoiser denoiser(
      NetworkConfig config, TensorSource weights, Kernels kernels, ComputeType type) {
    if (config.maskToken() < 0) {
      throw InvalidInputException.of("mask_token_id", "missing", "a token id, for a denoiser");
    }
    return new TransformerDenoiser(PreparedNetwork.load(kernels, config, weights, type));
  }

  /**
   * A causal network, writing left to right with a key/value cache.
   *
   * @throws InvalidInputException if its attention is bidirectional
   */
  public static CausalModel causal(
      NetworkConfig config, TensorSource weights, Kernels kernels, ComputeType type) {
    if (config.attention() != AttentionMode.CAUSAL) {
      throw InvalidInputException.of(
          "attention", "bidirectional", "causal, to write left to right");
    }
    return new CausalTransformer(PreparedNetwork.load(kernels, config, weights, type));
  }
}
