package io.redraft.model.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Removing a folder, or a file, with all that is in it. */
public final class FolderRemoval {
  private FolderRemoval() {}

  /** Removes it, if it is there; links are removed, and not followed. */
  public static void remove(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> walk = Files.walk(path)) {
      inside = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : inside) {
      Files.deleteIfExists(each);
    }
  }
}
