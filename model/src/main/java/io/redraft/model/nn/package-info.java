/**
 * The networks: configuration, weights and forward passes. Start at {@link
 * io.redraft.model.nn.NetworkConfig}. One set of weights serves bidirectional and causal attention.
 */
package io.redraft.model.nn;
