package io.redraft.model.train.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The right to change a folder, held by one thread of one process at a time; the others wait. A
 * lock on a file belongs to the whole process, and closing any channel of that file gives it back:
 * so threads of a process take turns first, and the file is open only while its lock is held. The
 * operating system frees the lock of a process that dies.
 */
final class FolderLock {
  private static final Map<Path, ReentrantLock> TURNS = new ConcurrentHashMap<>();

  /** What is done while the right is held. */
  @FunctionalInterface
  interface Change<T> {
    T make() throws IOException;
  }

  private FolderLock() {}

  /** Waits for the right to change a folder, which must exist, and makes a change. */
  static <T> T holding(Path folder, Change<T> change) throws IOException {
    var turn = TURNS.computeIfAbsent(folder.toRealPath(), path -> new ReentrantLock());
    turn.lock();
    try (var channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      return change.make();
    } finally {
      turn.unlock();
    }
  }
}
