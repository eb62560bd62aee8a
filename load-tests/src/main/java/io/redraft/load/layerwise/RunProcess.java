package io.redraft.load.layerwise;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Trains a run in a Java process of its own, with this process's class path and flags. */
final class RunProcess {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RunProcess() {}

  /**
   * Trains it and waits for its end.
   *
   * @param progress told what the run does
   * @throws InvalidInputException if the run's settings or text were refused
   * @throws IllegalStateException if the process ended otherwise
   */
  static RunResult train(RunRequest request, Consumer<String> progress)
      throws IOException, InterruptedException {
    var errors = Files.createTempFile("redraft-layerwise", ".err");
    Process process = null;
    try {
      process = new ProcessBuilder(command(request)).redirectError(errors.toFile()).start();
      var result = read(process, progress);
      var code = process.waitFor();
      if (code == 0 && result.isPresent()) {
        return result.get();
      }
      var reason =
          Files.readString(errors).lines().reduce((first, last) -> last).orElse("it said nothing");
      if (code == RunMain.REFUSED) {
        throw new InvalidInputException(request.config(), request.config() + ": " + reason);
      }
      throw new IllegalStateException(
          "training %s ended with %d: %s".formatted(request.config(), code, reason));
    } finally {
      if (process != null) {
        process.destroy();
      }
      Files.delete(errors);
    }
  }

  private static List<String> command(RunRequest request) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (var flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A debugger's port and an agent's file belong to this process.
      if (!flag.startsWith("-agentlib:") && !flag.startsWith("-javaagent:")) {
        command.add(flag);
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(RunMain.class.getName());
    command.add(JSON.writeValueAsString(request));
    return command;
  }

  private static Optional<RunResult> read(Process process, Consumer<String> progress)
      throws IOException {
    var result = Optional.<RunResult>empty();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.startsWith(RunMain.PROGRESS)) {
          progress.accept(line.substring(RunMain.PROGRESS.length()));
        } else if (line.startsWith(RunMain.RESULT)) {
          result =
              Optional.of(JSON.readValue(line.substring(RunMain.RESULT.length()), RunResult.class));
        }
      }
    }
    return result;
  }
}
