package io.redraft.model.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * What a run measured, as JSON lines, each with the step it belongs to. When a run resumes, lines
 * of steps that will be taken again are cut off, so that no step is told twice.
 */
public final class MetricsLog implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final FileChannel out;

  private MetricsLog(Path file, FileChannel out) {
    this.file = file;
    this.out = out;
  }

  /** Opens a file for appending and cuts off the lines from the first that is past this step. */
  public static MetricsLog open(Path file, long lastStep) throws IOException {
    if (Files.exists(file)) {
      try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(keptBytes(Files.readAllBytes(file), lastStep));
      }
    }
    return new MetricsLog(
        file, FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
  }

  private static int keptBytes(byte[] content, long lastStep) {
    var kept = 0;
    for (var end = 0; end < content.length; end++) {
      if (content[end] == '\n') {
        var step = step(new String(content, kept, end - kept, StandardCharsets.UTF_8));
        if (step < 0 || step > lastStep) {
          return kept;
        }
        kept = end + 1;
      }
    }
    return kept; // what a killed process wrote of its last line is not kept
  }

  /** The step of a line, or -1 where there is none. */
  private static long step(String line) {
    try {
      return JSON.readTree(line).path("step").asLong(-1);
    } catch (IOException e) {
      return -1;
    }
  }

  /**
   * Appends a line; {@code values} begins with the step.
   *
   * @throws IOException if the disk is full, say; it names the file
   */
  public void write(Map<String, ?> values) throws IOException {
    var line = JSON.writeValueAsString(values) + "\n";
    try {
      AtomicFiles.writeFully(out, ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
