package io.redraft.server.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which causal model verifies what the model of a command writes. */
final class VerifierOption {
  @Option(
      names = "--verifier",
      paramLabel = "DIR",
      description = {
        "Folder of a causal model with the same tokens, which verifies texts. Default: none; generate --verify",
        "takes the one that ships beside the model that ships with Redraft."
      })
  private Path folder;

  /** The folder that was named. */
  Optional<Path> folder() {
    return Optional.ofNullable(folder);
  }
}
