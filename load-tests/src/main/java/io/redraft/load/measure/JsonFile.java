package io.redraft.load.measure;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a measurement's numbers go besides the screen; a part of a command. */
public final class JsonFile {
  @Option(names = "--json", paramLabel = "FILE", description = "Write the numbers there too.")
  private Optional<Path> file;

  /** Made by the command line. */
  public JsonFile() {}

  /** The file, if one is wanted. */
  public Optional<Path> file() {
    return file;
  }
}
