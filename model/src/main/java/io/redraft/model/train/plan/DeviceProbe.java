package io.redraft.model.train.plan;

import com.sun.management.OperatingSystemMXBean;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceMemory;
import io.redraft.model.train.DeviceChoice;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.PeakSpeed;
import io.redraft.model.train.config.TrainingConfig;
import java.lang.management.ManagementFactory;

/**
 * Finds out how much a run's device holds and how fast it is, where nobody says so. A device of
 * which both are given need not be here.
 */
public final class DeviceProbe {
  /** Operations of a round of a measurement on the CPU: a second or less. */
  private static final double ROUND = 2e10;

  private static final int FEWEST_ROWS = 16;

  private DeviceProbe() {}

  /**
   * The device of a run's settings.
   *
   * @param memory bytes that it has; 0 to ask it
   * @param flops its floating-point operations a second; 0 to measure them
   */
  public static PlannedDevice of(
      TrainingConfig config, NetworkConfig network, long memory, double flops) {
    var device = DeviceChoice.of(config.run().device());
    var compute = ComputeType.of(config.run().compute(), device);
    var name = memory > 0 ? "the device" : device.toString();
    return new PlannedDevice(
        name,
        memory > 0 ? memory : memory(device),
        flops > 0 ? flops : flops(device, network, config, compute),
        compute);
  }

  private static long memory(Device device) {
    if (!device.isGpu()) {
      return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
    try (var kernels = DeviceChoice.open("run.device", device)) {
      return DeviceMemory.of(kernels).map(DeviceMemory::total).orElse(0L);
    }
  }

  private static double flops(
      Device device, NetworkConfig network, TrainingConfig config, ComputeType compute) {
    var rows = config.training().batch() * config.model().context();
    if (!device.isGpu()) {
      var perRow = 12.0 * network.width() * network.feedForwardWidth();
      rows = (int) Math.min(rows, Math.max(FEWEST_ROWS, ROUND / perRow));
    }
    var numerics =
        Numerics.of(
            compute == ComputeType.BFLOAT16,
            0,
            0,
            device.isGpu(),
            network.vocabularySize(),
            config.run().cudaGraphs());
    return PeakSpeed.measure(device, network, rows, numerics).flops();
  }
}
