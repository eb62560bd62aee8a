package io.redraft.load.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What Linux counts of this process' memory ({@code /proc/self/status}, proc(5)), in bytes. */
public enum ProcessStatus {
  /** What is in memory now: of the heap, the native libraries and all. */
  RESIDENT("VmRSS:"),
  /** The most that has been in memory since {@link #forgetPeak}. */
  PEAK("VmHWM:");

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  private final String field;

  ProcessStatus(String field) {
    this.field = field;
  }

  /** The number; nothing elsewhere than on Linux. */
  public OptionalLong bytes() {
    try (var lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException elsewhere) {
      return OptionalLong.empty();
    }
  }

  /** Makes the peak what is in memory now, where the system allows it; else it stays. */
  public static void forgetPeak() {
    try {
      Files.writeString(CLEAR, "5");
    } catch (IOException elsewhere) {
      return; // the peak is that of the whole process, then
    }
  }
}
