package io.redraft.cluster.journal;

import io.redraft.actors.training.RunClaim;
import io.redraft.actors.training.RunJournal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A run's folder, held by a lock on {@code run.lock}, which the system frees when the process ends
 * in whatever way. {@code run-id} is what the run's journal knows it by; {@code journal/} is the
 * journal, where it lies in the folder.
 */
final class HeldFolder implements RunClaim {
  private static final String LOCK = "run.lock";
  private static final String ID = "run-id";
  private static final String JOURNAL = "journal";
  private static final Set<String> OURS = Set.of(LOCK, ID, JOURNAL);
  private static final int ID_LENGTH = 8;

  private final Path folder;
  private final boolean created;
  private final FileChannel channel;
  private final String id;
  private final RunJournal journal;

  private HeldFolder(
      Path folder,
      boolean created,
      FileChannel channel,
      String id,
      BiFunction<Path, String, RunJournal> opener) {
    this.folder = folder;
    this.created = created;
    this.channel = channel;
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
      Files.createDirectories(folder);
      var channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        lock(folder, channel);
        return new HeldFolder(folder, created, channel, id(folder, resume), opener);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new InvalidInputException(
          "run.folder", "run.folder " + folder + " cannot be written: " + e.getMessage());
    }
  }

  private static FileLock lock(Path folder, FileChannel channel) throws IOException {
    try {
      var lock = channel.tryLock();
      if (lock == null) {
        throw new FolderInUseException(folder);
      }
      return lock;
    } catch (OverlappingFileLockException here) {
      throw new FolderInUseException(folder);
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
    delete(folder.resolve(JOURNAL));
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
    try (channel) {
      if (names().stream().allMatch(OURS::contains)) {
        for (var name : OURS) {
          delete(folder.resolve(name));
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

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> inside;
    try (Stream<Path> entries = Files.walk(path)) {
      inside = entries.sorted(Comparator.reverseOrder()).toList();
    }
    for (var entry : inside) {
      Files.deleteIfExists(entry);
    }
  }
}
