package io.redraft.load.layerwise;

import io.redraft.model.files.FolderRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A new folder that is removed with everything in it. */
record ScratchFolder(Path path) implements AutoCloseable {
  /** A folder in another one, which is made if it is not there. */
  static ScratchFolder in(Path parent) throws IOException {
    Files.createDirectories(parent);
    return new ScratchFolder(Files.createTempDirectory(parent, "layerwise"));
  }

  @Override
  public void close() throws IOException {
    FolderRemoval.remove(path);
  }
}
