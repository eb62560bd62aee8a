package io.redraft.load.soak;

import io.grpc.netty.shaded.io.netty.util.internal.PlatformDependent;
import io.redraft.load.measure.ProcessStatus;
import io.redraft.model.tensor.NativeHandles;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * What this process holds.
 *
 * @param resident bytes in memory, of the heap, the native libraries and all (VmRSS)
 * @param heap bytes of objects that are reachable
 * @param direct bytes of buffers outside the heap, the transport's among them
 * @param handles open handles on native tensors
 */
record Holdings(long resident, long heap, long direct, NativeHandles handles) {
  private static final int COLLECTIONS = 3;

  /** What it holds now, after the heap was collected. */
  static Holdings now() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc(); // a buffer is freed by the collection after the one that finds it
    }
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    return new Holdings(residentNow(), heap.getUsed(), directNow(), NativeHandles.live());
  }

  private static long directNow() {
    long pools =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    // The transport counts its own where it frees them itself, else they are in the pool.
    return pools + Math.max(0, PlatformDependent.usedDirectMemory());
  }

  private static long residentNow() {
    return ProcessStatus.RESIDENT
        .bytes()
        .orElseThrow(() -> new IllegalStateException("a soak needs Linux"));
  }

  /** Bytes as MB, for a table. */
  static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
  }
}
