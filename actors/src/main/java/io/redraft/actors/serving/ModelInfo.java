package io.redraft.actors.serving;

import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.nn.NetworkConfig;

/**
 * A model that is served.
 *
 * @param name the name that requests know it by
 * @param network its shape and special tokens
 * @param computeType arithmetic of the forward pass: {@code float32} or {@code bfloat16}
 * @param decoding how texts are written where a request does not say
 */
public record ModelInfo(
    String name, NetworkConfig network, String computeType, DecodeOptions decoding) {

  /** A model that has no wishes about how it is decoded. */
  public ModelInfo(String name, NetworkConfig network, String computeType) {
    this(name, network, computeType, DecodeOptions.DEFAULTS);
  }
}
