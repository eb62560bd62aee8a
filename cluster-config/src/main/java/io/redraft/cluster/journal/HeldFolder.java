package io.redraft.cluster.journal;

import io.redraft.actors.training.RunClaim;
import io.redraft.actors.training.RunJournal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.RunLock;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.files.FolderRemoval;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A run's folder, held by its {@link RunLock}. {@code run-id} is what the run's journal knows it
 * by; {@code journal/} is the journal, where it lies in the folder.
 */
final class HeldFolder implements RunClaim {
  private static final String ID = "run-id";
  private static final String JOURNAL = "journal";
  private static final Set<String> OURS = Set.of(RunLock.FILE, ID, JOURNAL);
  private static final int ID_LENGTH = 8;

  private final Path folder;
  private final boolean created;
  private final RunLock lock;
  private final String id;
  private final RunJournal journal;

  private HeldFolder(
      Path folder,
      boolean created,
      RunLock lock,
      String id,
      BiFunction<Path, String, RunJournal> opener) {
    this.folder = folder;
    this.created = created;
    this.lock = lock;
    this.id = id;
    this.journal = opener.apply(folder.resolve(JOURNAL), id);
  }

  /**
   * Holds a folder, which is made where it is absent.
   *
   * @param resume whether the run that was there goes on; otherwise its journal is forgotten
   * @param opener makes the journal of an id, which may lie in the path given
   * @throws FolderInUseException if somebody else holds it
   */
  static HeldFolder hold(Path folder, boolean resume, BiFunction<Path, String, RunJournal> opener) {
    boolean created = !Files.exists(folder);
    try {
      var lock = RunLock.tryAcquire(folder).orElseThrow(() -> new FolderInUseException(folder));
      try {
        return new HeldFolder(folder, created, lock, id(folder, resume), opener);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new InvalidInputException(
          "run.folder", "run.folder " + folder + " cannot be written: " + e.getMessage());
    }
  }

  private static String id(Path folder, boolean resume) throws IOException {
    var file = folder.resolve(ID);
    if (resume && Files.exists(file)) {
      var id = Files.readString(file).strip();
      if (!id.matches("[0-9a-f]{" + ID_LENGTH + "}")) {
        throw InvalidInputException.of(
            file.toString(), id, ID_LENGTH + " hexadecimal digits, as a run writes them");
      }
      return id;
    }
    var id = UUID.randomUUID().toString().substring(0, ID_LENGTH);
    FolderRemoval.remove(folder.resolve(JOURNAL));
    AtomicFiles.write(file, (id + "\n").getBytes(StandardCharsets.UTF_8));
    return id;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public RunJournal journal() {
    return journal;
  }

  @Override
  public void close() {
    try (lock) {
      if (names().stream().allMatch(OURS::contains)) {
        for (var name : OURS) {
          FolderRemoval.remove(folder.resolve(name));
        }
        if (created) {
          Files.delete(folder);
        }
      }
    } catch (IOException e) {
      LoggerFactory.getLogger(HeldFolder.class).warn("{} cannot be let go", folder, e);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
