package io.redraft.actors.serving;

import io.redraft.model.nn.NetworkConfig;

/**
 * A model that is served.
 *
 * @param name the name that requests know it by
 * @param network its shape and special tokens
 * @param computeType arithmetic of the forward pass: {@code float32} or {@code bfloat16}
 */
public record ModelInfo(String name, NetworkConfig network, String computeType) {}
