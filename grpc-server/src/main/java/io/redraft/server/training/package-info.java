/**
 * Steering training from outside: {@code redraft.v1.Training} over the runs of a node. Start at
 * {@link io.redraft.server.training.TrainingService}; {@link
 * io.redraft.server.training.TrainingServer} opens it to this process and on a port, {@link
 * io.redraft.server.training.TrainingClient} asks it, and {@link
 * io.redraft.server.training.TrainingNode} is a node that does nothing else. Nothing here is loaded
 * by a node that only serves.
 */
package io.redraft.server.training;
