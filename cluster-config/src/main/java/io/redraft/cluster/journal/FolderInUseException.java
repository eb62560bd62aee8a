package io.redraft.cluster.journal;

import io.redraft.model.InvalidInputException;
import java.nio.file.Path;

/** A run's folder that somebody trains in. */
public final class FolderInUseException extends InvalidInputException {
  private static final long serialVersionUID = 1L;

  /** Of a folder. */
  public FolderInUseException(Path folder) {
    super(
        "run.folder",
        "run.folder is " + folder + "; allowed: a folder in which no other run trains just now");
  }
}
