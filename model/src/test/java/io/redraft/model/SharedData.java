package io.redraft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.tukaani.xz.XZInputStream;

/**
 * The folder of corpora, tokenizers and models that are too large for the repository. It is {@code
 * shared} beside the repository, or where {@code -Dredraft.shared} or {@code REDRAFT_SHARED} says;
 * tests that need a file from it are skipped where it is absent.
 */
public final class SharedData {
  private SharedData() {}

  /** A file of the folder; skips the test if it is not there. */
  public static Path file(String name) {
    Optional<Path> file = folder().map(folder -> folder.resolve(name)).filter(Files::exists);
    Assumptions.assumeTrue(file.isPresent(), () -> "skipped: shared/" + name + " is absent");
    return file.orElseThrow();
  }

  /** An {@code .xz} file of the folder, unpacked to {@code target}. */
  public static Path unpack(String name, Path target) throws IOException {
    try (InputStream packed = Files.newInputStream(file(name));
        InputStream plain = new XZInputStream(packed)) {
      assertThat(Files.copy(plain, target)).isPositive();
    }
    return target;
  }

  private static Optional<Path> folder() {
    String told = System.getProperty("redraft.shared", System.getenv("REDRAFT_SHARED"));
    if (told != null) {
      return Optional.of(Path.of(told));
    }
    // Tests run in their module's folder, one below the repository.
    return Optional.of(Path.of("..", "..", "shared")).filter(Files::isDirectory);
  }
}
