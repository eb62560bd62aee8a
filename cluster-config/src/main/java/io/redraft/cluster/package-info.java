/**
 * What a node is told and how it starts: HOCON files by concern, settings records with units in
 * their types, and the bootstrap. Start at {@link io.redraft.cluster.RedraftNode}. A key under
 * {@code redraft} that nobody reads fails the start.
 */
package io.redraft.cluster;
