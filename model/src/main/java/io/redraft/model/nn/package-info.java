/**
 * What a network is: its shape, its attention and the numbers that it computes with. Start at
 * {@link io.redraft.model.nn.NetworkConfig}. One set of weights serves bidirectional and causal
 * attention.
 */
package io.redraft.model.nn;
