package io.redraft.model.tensorboard;

import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * One run's scalars in a folder that {@code tensorboard --logdir} reads. A run that is resumed goes
 * on in the same file; records of steps that will be taken again are cut off before.
 */
public final class EventFile implements AutoCloseable {
  /** TensorBoard finds event files by this part of their name. */
  private static final String PREFIX = "events.out.tfevents.";

  private final Path file;
  private final FileChannel out;
  private final Clock clock;

  private EventFile(Path file, FileChannel out, Clock clock) {
    this.file = file;
    this.out = out;
    this.clock = clock;
  }

  /**
   * Opens the folder's file, or begins one.
   *
   * @param lastStep records of later steps are cut off, as is a record that is not whole
   * @param clock tells when an event happened
   */
  public static EventFile open(Path folder, long lastStep, Clock clock) throws IOException {
    Files.createDirectories(folder);
    var file =
        existing(folder)
            .orElseGet(() -> folder.resolve(PREFIX + clock.millis() / 1000 + ".redraft"));
    var out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      out.truncate(kept(out, lastStep));
      out.position(out.size());
      var events = new EventFile(file, out, clock);
      if (out.size() == 0) {
        events.append(Event.version(events.seconds()));
      }
      return events;
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  private static Optional<Path> existing(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().startsWith(PREFIX)).sorted().findFirst();
    }
  }

  /** Bytes up to the first record that is broken or of a later step. */
  private static long kept(FileChannel in, long lastStep) throws IOException {
    var kept = 0L;
    for (var record = Record.read(in, 0); record.isPresent(); record = Record.read(in, kept)) {
      if (Event.step(record.get()) > lastStep) {
        break;
      }
      kept += Record.OVERHEAD + record.get().length;
    }
    return kept;
  }

  /**
   * Appends the scalars of a step.
   *
   * @param scalars values by their tags; what stands before a slash groups charts
   * @throws IOException if the disk is full, say; it names the file
   */
  public void write(long step, Map<String, Double> scalars) throws IOException {
    append(Event.scalars(seconds(), step, scalars));
  }

  private double seconds() {
    return clock.millis() / 1000.0;
  }

  private void append(byte[] event) throws IOException {
    try {
      AtomicFiles.writeFully(out, ByteBuffer.wrap(Record.frame(event)));
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
