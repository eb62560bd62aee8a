package io.redraft.load.layerwise;

import io.redraft.load.measure.ProcessStatus;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceMemory;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.DeviceChoice;

/**
 * Memory that a run takes, in bytes, beside what was in use when the gauge was opened: by then the
 * library has set the device up. On a GPU it is what the driver counts now; the allocator keeps
 * what was freed unless it is trimmed, so that this is the most since then. On a CPU it is the most
 * that the process has had in memory ({@code VmHWM}) since {@link #reset}, the Java heap included,
 * so that it tells orders of magnitude only.
 */
final class MemoryGauge implements AutoCloseable {
  private final Kernels kernels;
  private final long before;

  private MemoryGauge(Kernels kernels) {
    this.kernels = kernels;
    kernels.trim(); // of what was measured before in this process
    this.before =
        kernels.device().isGpu() ? used(kernels) : ProcessStatus.RESIDENT.bytes().orElse(0);
  }

  /** A gauge of a device, to be used by the thread that opens it. */
  static MemoryGauge open(Device device) {
    return new MemoryGauge(DeviceChoice.open(device));
  }

  /** Forgets the peak so far. */
  void reset() {
    if (!kernels.device().isGpu()) { // of which what is in use is asked for, not a peak
      ProcessStatus.forgetPeak();
    }
  }

  /** Bytes taken; 0 where nobody counts. */
  long taken() {
    var now = kernels.device().isGpu() ? used(kernels) : ProcessStatus.PEAK.bytes().orElse(0);
    return Math.max(0, now - before);
  }

  private static long used(Kernels kernels) {
    return DeviceMemory.of(kernels).map(DeviceMemory::used).orElse(0L);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
