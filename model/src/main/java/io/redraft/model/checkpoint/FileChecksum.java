package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * What tells a damaged file from a whole one.
 *
 * @param bytes its length
 * @param checksum CRC-32C of its content, as 8 hexadecimal digits
 */
record FileChecksum(long bytes, String checksum) {
  private static final int PIECE = 1 << 20;

  /** That of a file, which is read whole. */
  static FileChecksum of(Path file) {
    var sum = new CRC32C();
    var piece = ByteBuffer.allocateDirect(PIECE);
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(piece.clear()) >= 0) {
        sum.update(piece.flip());
      }
      return new FileChecksum(channel.size(), String.format("%08x", sum.getValue()));
    } catch (NoSuchFileException e) {
      throw InvalidInputException.of(file.toString(), "missing", "a file of the manifest");
    } catch (IOException e) {
      throw new InvalidInputException(
          file.toString(), file + ": cannot be read: " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "%d bytes with checksum %s".formatted(bytes, checksum);
  }
}
