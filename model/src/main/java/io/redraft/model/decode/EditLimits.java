package io.redraft.model.decode;

import io.redraft.model.nn.NetworkConfig;

/**
 * What the network allows a canvas to become.
 *
 * @param context longest canvas in tokens
 * @param vocabulary number of token ids
 */
public record EditLimits(int context, int vocabulary) {
  /** The limits of a network. */
  public static EditLimits of(NetworkConfig network) {
    return new EditLimits(network.contextLength(), network.vocabularySize());
  }
}
