package io.redraft.model.train.plan;

import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.StageMemory;

/**
 * What a stage will need.
 *
 * @param stage the stage
 * @param memory bytes on the device
 * @param cache bytes on disk; 0 where nothing is cached
 * @param flops floating-point operations of all its steps, those that fill its cache included
 * @param seconds time of all its steps at the device's peak speed, reading its cache included; what
 *     it takes in truth is more
 */
public record StageEstimate(
    Stage stage, StageMemory memory, long cache, double flops, double seconds) {}
