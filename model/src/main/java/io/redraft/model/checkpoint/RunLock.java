package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The right to write into a run's folder: a lock on its {@code run.lock}, which the operating
 * system takes back when the process ends, however it ends. The file holds the process id, and
 * stays.
 */
public final class RunLock implements AutoCloseable {
  /** Name of the file that is locked. */
  public static final String FILE = "run.lock";

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock; the folder is made where it is missing.
   *
   * @throws InvalidInputException if another run has it, with that run's process id
   */
  public static RunLock acquire(Path folder) throws IOException {
    var lock = tryAcquire(folder);
    if (lock.isEmpty()) {
      throw InvalidInputException.of(
          "run.folder",
          folder,
          "a folder in which no other run works; process %s does in this one"
              .formatted(holder(folder.resolve(FILE))));
    }
    return lock.get();
  }

  /** Takes the lock, unless another run has it; the folder is made where it is missing. */
  public static Optional<RunLock> tryAcquire(Path folder) throws IOException {
    Files.createDirectories(folder);
    var channel =
        FileChannel.open(
            folder.resolve(FILE),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE);
    try {
      if (!locked(channel)) {
        channel.close();
        return Optional.empty();
      }
      channel.truncate(0);
      var id = Long.toString(ProcessHandle.current().pid()) + "\n";
      AtomicFiles.writeFully(channel, ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII)));
      channel.force(true);
      return Optional.of(new RunLock(channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // held by this process
    }
  }

  private static String holder(Path file) throws IOException {
    var text = Files.readString(file, StandardCharsets.US_ASCII).strip();
    return text.isEmpty() ? "(unknown)" : text;
  }

  @Override
  public void close() throws IOException {
    channel.close(); // which gives the lock back
  }
}
