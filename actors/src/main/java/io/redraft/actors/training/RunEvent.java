package io.redraft.actors.training;

/**
 * An event as a watcher gets it.
 *
 * @param number counted from 1 in each life of the run's actor; whoever loses events sees a gap
 * @param event what happened
 */
public record RunEvent(long number, TrainingEvent event) {}
