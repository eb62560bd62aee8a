/**
 * What a network is trained to minimise. Start at {@link io.redraft.model.objective.Objective}: it
 * turns samples into a {@link io.redraft.model.objective.TokenBatch}, which says what the network
 * reads, which positions it is asked about, and what every answer weighs. The loss is the weighted
 * sum of cross-entropies in nats, and of the errors of predicted noise.
 */
package io.redraft.model.objective;
