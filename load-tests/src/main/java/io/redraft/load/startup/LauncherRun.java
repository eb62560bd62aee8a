package io.redraft.load.startup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * One run of the launcher, from before its process existed to its end.
 *
 * @param firstLine seconds to the first line on its standard output
 * @param firstDraft seconds to the first line that is a draft event; empty where there was none
 * @param end seconds to the end of the process
 */
record LauncherRun(double firstLine, OptionalDouble firstDraft, double end) {
  /** A launcher that takes longer is stuck. */
  private static final int PATIENCE_SECONDS = 120;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Runs a command line and waits for its end.
   *
   * @throws IllegalStateException where it fails or prints nothing
   */
  static LauncherRun of(List<String> command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile("redraft-startup", ".err");
    try {
      var builder = new ProcessBuilder(command).redirectError(errors.toFile());
      long start = System.nanoTime();
      Process process = builder.start();
      process
          .onExit()
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .exceptionally(
              late -> {
                process.destroyForcibly();
                return process;
              });
      process.getOutputStream().close();
      var run = read(process, start);
      if (process.exitValue() != 0 || run.firstLine < 0) {
        throw failed(command, process.exitValue(), Files.readString(errors));
      }
      return run;
    } finally {
      Files.delete(errors);
    }
  }

  private static LauncherRun read(Process process, long start)
      throws IOException, InterruptedException {
    double firstLine = -1;
    var firstDraft = OptionalDouble.empty();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        double now = since(start);
        if (firstLine < 0) {
          firstLine = now;
        }
        if (firstDraft.isEmpty() && isDraft(line)) {
          firstDraft = OptionalDouble.of(now);
        }
      }
    }
    process.waitFor();
    return new LauncherRun(firstLine, firstDraft, since(start));
  }

  private static boolean isDraft(String line) {
    try {
      return line.startsWith("{") && JSON.readTree(line).has("draft");
    } catch (JsonProcessingException notAnEvent) {
      return false;
    }
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static IllegalStateException failed(List<String> command, int code, String errors) {
    String reason = errors.lines().reduce((first, last) -> last).orElse("it printed nothing");
    return new IllegalStateException(
        String.join(" ", command) + " ended with " + code + ": " + reason);
  }
}
