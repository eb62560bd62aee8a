package io.redraft.load.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where and when a measurement was taken.
 *
 * @param processor the processor's own name
 * @param cores cores that this process may use
 * @param amx whether the processor multiplies bfloat16 matrices in hardware (AMX)
 * @param java version and name of the Java runtime
 * @param system operating system and its version
 * @param started moment of the measurement
 * @param load how many processes wanted a core over the last minute, this one included
 */
public record Machine(
    String processor,
    int cores,
    boolean amx,
    String java,
    String system,
    String started,
    double load) {

  /** This machine, now. */
  public static Machine now() {
    String cpu = cpuInfo();
    return new Machine(
        field(cpu, "model name"),
        Runtime.getRuntime().availableProcessors(),
        field(cpu, "flags").contains("amx_bf16"),
        System.getProperty("java.version") + " " + System.getProperty("java.vm.name"),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        loadNow());
  }

  /** How many processes wanted a core over the last minute; negative where nobody counts. */
  public static double loadNow() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** One line for the head of a table. */
  public String line() {
    return "%s%s, %d cores; Java %s; %s; load %.1f"
        .formatted(processor, amx ? " with AMX" : "", cores, java, started, load);
  }

  private static String cpuInfo() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo"));
    } catch (IOException elsewhere) {
      return ""; // only Linux tells it in this way
    }
  }

  private static String field(String cpuInfo, String name) {
    return cpuInfo
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(System.getProperty("os.arch"));
  }
}
