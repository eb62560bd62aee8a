/**
 * Steering training from outside: {@code redraft.v1.Training} over the runs of a node. Start at
 * {@link io.redraft.server.training.TrainingService}; {@link
 * io.redraft.server.training.TrainingServer} opens it on a port, {@link
 * io.redraft.server.training.TrainingClient} asks it. Nothing here is loaded by a node that only
 * serves.
 */
package io.redraft.server.training;
