/**
 * Training: who owns a run and what happens when it fails. Start at {@link
 * io.redraft.actors.training.TrainingRun}. All native calls of a run are made by its worker, on the
 * device's thread; everybody else sees immutable events.
 */
package io.redraft.actors.training;
