/**
 * What training one layer at a time costs and gives, beside training a network as a whole. Start at
 * {@link io.redraft.load.layerwise.LayerwiseCommand}, which compares whole runs, or at {@link
 * io.redraft.load.layerwise.StageCommand}, which tries out a single stage of a run of any size.
 * Every compared run has a process of its own, so that what one leaves in memory never counts for
 * another.
 */
package io.redraft.load.layerwise;
