package io.redraft.model.train;

import java.util.List;
import java.util.Map;

/**
 * A run between two steps.
 *
 * @param step steps that were taken; the next one has this number, counted from 0
 * @param state weights, moments and average
 * @param config the settings that bind the run, by their full names
 * @param corpus checksum of the training text
 * @param window losses since the last line of metrics, so that the next line is the same
 * @param skipped steps so far whose gradient was not finite
 * @param skippedInARow the latest of them without another step in between
 * @param microBatch sequences computed at a time, after what memory made of it
 */
public record Checkpoint(
    long step,
    OptimizerState state,
    Map<String, String> config,
    String corpus,
    List<Float> window,
    long skipped,
    int skippedInARow,
    int microBatch) {}
