package io.redraft.model.train;

import java.util.Map;

/**
 * A run between two steps.
 *
 * @param counted steps taken, and what else was counted
 * @param state weights, moments and average
 * @param vectors what a step changes beside them, such as estimates of singular vectors; mostly
 *     nothing
 * @param config the settings that bind the run, by their full names
 * @param corpus checksum of the training text
 */
public record Checkpoint(
    TrainingLoop.State counted,
    OptimizerState state,
    float[] vectors,
    Map<String, String> config,
    String corpus) {
  /** Steps that were taken; the next one has this number, counted from 0. */
  public long step() {
    return counted.step();
  }
}
