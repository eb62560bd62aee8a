package io.redraft.load.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Processor time that was used until a moment, in seconds over all cores; the difference of two
 * tells who used the cores in between.
 *
 * @param threads by live Java threads but the one left out; compilers and the collector are none
 * @param process by this process, native threads included
 * @param machine by all processes; NaN where nobody counts
 * @param at the moment, on a clock of its own
 */
public record CpuTimes(double threads, double process, double machine, double at) {
  private static final double JIFFY = 0.01; // the unit of /proc/stat, whatever the kernel's own

  /**
   * The times until now.
   *
   * @param leftOut id of the thread whose time is not counted among {@code threads}
   */
  public static CpuTimes now(long leftOut) {
    var beans = ManagementFactory.getThreadMXBean();
    long nanos =
        Arrays.stream(beans.getAllThreadIds())
            .filter(id -> id != leftOut)
            .map(beans::getThreadCpuTime)
            .filter(time -> time > 0)
            .sum();
    double process =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getProcessCpuTime() / 1e9
            : Double.NaN;
    return new CpuTimes(nanos / 1e9, process, machineNow(), System.nanoTime() / 1e9);
  }

  /** What was used since an earlier moment. */
  public CpuTimes since(CpuTimes before) {
    return new CpuTimes(
        threads - before.threads,
        process - before.process,
        machine - before.machine,
        at - before.at);
  }

  /** Of a difference: how many cores other processes used, on average; NaN where nobody counts. */
  public double othersCores() {
    return Math.max(0, machine - process) / at;
  }

  private static double machineNow() {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      String[] all = lines.findFirst().orElse("").split("\\s+");
      // user, nice, system, then idle and waiting, then interrupts and what a hypervisor took.
      double jiffies = 0;
      for (int field : new int[] {1, 2, 3, 6, 7, 8}) {
        jiffies += Double.parseDouble(all[field]);
      }
      return jiffies * JIFFY;
    } catch (IOException | RuntimeException elsewhere) {
      return Double.NaN; // only Linux tells it in this way
    }
  }
}
