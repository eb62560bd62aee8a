package io.redraft.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that runs the command line, as the launcher starts it. */
final class RedraftProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final BufferedReader err;

  private RedraftProcess(Process process) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.err = process.errorReader(StandardCharsets.UTF_8);
  }

  static RedraftProcess start(String... arguments) throws IOException {
    return start(List.of(), arguments);
  }

  /** A process none of whose files may grow larger, as if the disk were full then. */
  static RedraftProcess startWithFilesUpTo(int kilobytes, String... arguments) throws IOException {
    return start(
        List.of("bash", "-c", "ulimit -f " + kilobytes + "; exec \"$@\"", "bash"), arguments);
  }

  private static RedraftProcess start(List<String> prefix, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@" + flags());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    return new RedraftProcess(new ProcessBuilder(command).start());
  }

  /** The next line of standard error; waits for it. */
  String errorLine() throws IOException {
    return err.readLine();
  }

  /** What is left of standard error when the process has ended. */
  List<String> errorLines() {
    return err.lines().toList();
  }

  /** All of standard output when the process has ended. */
  List<String> outputLines() {
    return out.lines().toList();
  }

  /** SIGTERM; unlike {@link Process#destroy} it leaves the streams open. */
  void terminate() {
    process.toHandle().destroy();
  }

  int exitCode() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the process does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** The flags that every process of ours gets. */
  private static Path flags() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null) {
      Path flags = folder.resolve(".mvn").resolve("redraft.jvm");
      if (Files.exists(flags)) {
        return flags;
      }
      folder = folder.getParent();
    }
    throw new AssertionError("no .mvn/redraft.jvm above " + Path.of("").toAbsolutePath());
  }
}
