/**
 * Simulations of real actors: a seed decides which mailbox runs next, which message is lost and how
 * time passes. Start at {@link io.redraft.actors.simulation.SeededExecutor}. Nothing here knows
 * what is simulated.
 */
package io.redraft.actors.simulation;
