package io.redraft.model.tensor;

import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.LongByReference;
import java.util.Optional;

/**
 * Memory of a GPU as its driver counts it, of all processes that use it, what they keep for later
 * included.
 *
 * @param free bytes that nobody holds
 * @param total bytes of the device
 */
public record DeviceMemory(long free, long total) {
  /** Bytes that somebody holds. */
  public long used() {
    return total - free;
  }

  /**
   * How it is now. To be called by the thread that owns the kernels, after their first use.
   *
   * @return nothing on the CPU, and where the driver does not answer
   */
  public static Optional<DeviceMemory> of(Kernels kernels) {
    if (!kernels.device().isGpu()) {
      return Optional.empty();
    }
    try {
      var free = new LongByReference();
      var total = new LongByReference();
      int status =
          NativeLibrary.getInstance("libcuda.so.1")
              .getFunction("cuMemGetInfo_v2")
              .invokeInt(new Object[] {free, total});
      return status == 0
          ? Optional.of(new DeviceMemory(free.getValue(), total.getValue()))
          : Optional.empty();
    } catch (LinkageError e) { // no such driver, or JNA cannot be used at all
      return Optional.empty();
    }
  }
}
