/**
 * What a network is trained to minimise. Start at {@link io.redraft.model.objective.Objective}: it
 * turns samples into a {@link io.redraft.model.objective.TokenBatch}, which says what the network
 * reads, which positions it is asked about, and what every answer weighs. The loss is always the
 * weighted sum of cross-entropies in nats.
 */
package io.redraft.model.objective;
