package io.redraft.model.train.plan;

import io.redraft.model.nn.ComputeType;

/**
 * A device as a plan knows it.
 *
 * @param name what it is called in messages
 * @param memory bytes that a stage may use; 0 where that is not known, and nothing is refused
 * @param flops floating-point operations a second
 * @param compute number format of the forward and backward pass
 */
public record PlannedDevice(String name, long memory, double flops, ComputeType compute) {}
