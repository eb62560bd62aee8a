/**
 * Training: who owns a run, its stages and their steps, and what happens when one of them fails.
 * Start at {@link io.redraft.actors.training.TrainingRun}. All native calls of a run are made on
 * the device's thread; what happened is journalled, everybody else sees immutable events, and what
 * is to be done follows from the journal and the run's folder.
 */
package io.redraft.actors.training;
