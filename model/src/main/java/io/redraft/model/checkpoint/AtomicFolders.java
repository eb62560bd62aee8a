package io.redraft.model.checkpoint;

import io.redraft.model.files.AtomicFiles;
import io.redraft.model.files.FolderRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Folders that appear whole: filled beside their place under a hidden name, then renamed. */
final class AtomicFolders {
  /** Fills a folder. */
  @FunctionalInterface
  interface Content {
    /** Writes every file into {@code folder}. */
    void writeTo(Path folder) throws IOException;
  }

  private AtomicFolders() {}

  /** Makes a folder where there is none, or an empty one. */
  static void create(Path folder, Content content) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path temporary = Files.createTempDirectory(parent, "." + folder.getFileName());
    try {
      content.writeTo(temporary);
      AtomicFiles.forceFolder(temporary);
      openToOthers(temporary);
      Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceFolder(parent);
    } finally {
      FolderRemoval.remove(temporary);
    }
  }

  /**
   * Puts a folder in the place of another, if there is one. Between two renames neither has the
   * name; after a crash there the old one lies under its hidden name, and the next call brings it
   * back first.
   */
  static void replace(Path folder, Content content) throws IOException {
    Path next = folder.resolveSibling("." + folder.getFileName() + ".next");
    Path old = folder.resolveSibling("." + folder.getFileName() + ".old");
    if (!Files.exists(folder) && Files.exists(old)) {
      Files.move(old, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    if (!Files.exists(folder)) {
      create(folder, content);
      return;
    }
    FolderRemoval.remove(next);
    FolderRemoval.remove(old);
    create(next, content);
    Files.move(folder, old, StandardCopyOption.ATOMIC_MOVE);
    Files.move(next, folder, StandardCopyOption.ATOMIC_MOVE);
    AtomicFiles.forceFolder(folder.toAbsolutePath().getParent());
    FolderRemoval.remove(old);
  }

  /** Temporary folders begin private to their owner. */
  private static void openToOthers(Path folder) {
    folder.toFile().setReadable(true, false);
    folder.toFile().setExecutable(true, false);
  }
}
