package io.redraft.model.train.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of a generation's entries, all of one length, in files of a bounded number of entries.
 * Written through channels, so that a full disk is an error and not a signal; read through maps.
 */
final class Segments implements AutoCloseable {
  private final Path folder;
  private final int entryBytes;
  private final int perFile;
  private final List<FileChannel> channels = new ArrayList<>();
  private final List<MappedByteBuffer> maps = new ArrayList<>();

  Segments(Path folder, int entryBytes, int perFile) {
    this.folder = folder;
    this.entryBytes = entryBytes;
    this.perFile = perFile;
  }

  /** Writes an entry to its place; the folder exists. */
  void write(int slot, ByteBuffer bytes) throws IOException {
    FileChannel channel = channel(slot / perFile, true);
    var left = bytes.duplicate();
    long at = offset(slot);
    long whole = (long) perFile * entryBytes;
    if (channel.size() < whole) {
      // Its length at once, but no room on disk yet, so that readers need to map a file only once.
      channel.write(ByteBuffer.allocate(1), whole - 1);
    }
    while (left.hasRemaining()) {
      at += channel.write(left, at);
    }
  }

  /**
   * Copies an entry into {@code target}, whose position moves on.
   *
   * @return false, and nothing was copied, if the file ends before the entry does
   */
  boolean read(int slot, ByteBuffer target) throws IOException {
    int file = slot / perFile;
    int from = (int) offset(slot);
    MappedByteBuffer map = map(file, from + entryBytes);
    if (map == null) {
      return false;
    }
    target.put(map.slice(from, entryBytes));
    return true;
  }

  private long offset(int slot) {
    return (long) (slot % perFile) * entryBytes;
  }

  /** A map of at least so many bytes of a file, or null if it is shorter. */
  private MappedByteBuffer map(int file, int length) throws IOException {
    while (maps.size() <= file) {
      maps.add(null);
    }
    var map = maps.get(file);
    if (map == null || map.capacity() < length) {
      FileChannel channel = channel(file, false);
      if (channel == null || channel.size() < length) {
        return null;
      }
      long size = Math.min(channel.size(), (long) perFile * entryBytes);
      map = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      maps.set(file, map);
    }
    return map;
  }

  private FileChannel channel(int file, boolean create) throws IOException {
    while (channels.size() <= file) {
      channels.add(null);
    }
    if (channels.get(file) == null) {
      Path path = folder.resolve("%06d.bf16".formatted(file));
      if (!create && !Files.exists(path)) {
        return null;
      }
      channels.set(
          file,
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }
    return channels.get(file);
  }

  /** Forces what was written to the disk. */
  void force() throws IOException {
    for (FileChannel channel : channels) {
      if (channel != null) {
        channel.force(false);
      }
    }
  }

  /** Closes the files; what is mapped stays until nobody refers to it. */
  @Override
  public void close() throws IOException {
    maps.clear();
    for (FileChannel channel : channels) {
      if (channel != null) {
        channel.close();
      }
    }
  }
}
