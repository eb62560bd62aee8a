package io.redraft.model.train.plan;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.config.TrainingConfig;

/**
 * A device as a plan knows it.
 *
 * @param name what it is called in messages
 * @param memory bytes that a stage may use; 0 where that is not known, and nothing is refused
 * @param flops floating-point operations a second
 * @param compute number format of the forward and backward pass
 */
public record PlannedDevice(String name, long memory, double flops, ComputeType compute) {
  private static final double USUAL_CPU = 2e11;
  private static final double USUAL_GPU = 3e14;

  /**
   * A device of its kind at its usual speed, nothing being measured: what a run decides by, so that
   * it decides the same whenever it is resumed.
   */
  public static PlannedDevice usual(TrainingConfig config) {
    var device = DeviceChoice.of(config.run().device());
    return new PlannedDevice(
        device.toString(),
        0,
        device.isGpu() ? USUAL_GPU : USUAL_CPU,
        ComputeType.of(config.run().compute(), device));
  }
}
