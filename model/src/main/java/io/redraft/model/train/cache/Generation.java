package io.redraft.model.train.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The entries of one generation: a folder with an index and segments. An entry is written first and
 * named in the index then, so that one whose writer died was never there.
 */
final class Generation implements AutoCloseable {
  private final Path folder;
  private final long most;
  private final EntryIndex index;
  private final Segments segments;
  private final Set<EntryIndex.Name> damaged = new HashSet<>();

  /** The generation in a folder, which need not exist yet. */
  Generation(Path folder, int entryBytes, int perFile, long most) {
    this.folder = folder;
    this.most = most;
    this.index = new EntryIndex(folder.resolve("index"));
    this.segments = new Segments(folder, entryBytes, perFile);
  }

  boolean has(long sample, int realisation) throws IOException {
    return index.find(sample, realisation) != null
        && !damaged.contains(new EntryIndex.Name(sample, realisation));
  }

  /** Whether every entry that there may be is finished; under the folder's lock. */
  boolean complete() throws IOException {
    index.refresh();
    return index.size() >= most;
  }

  /**
   * Writes an entry, unless it is there; under the folder's lock.
   *
   * @return false if it was there
   */
  boolean put(long sample, int realisation, ByteBuffer bytes) throws IOException {
    index.refresh();
    if (has(sample, realisation)) {
      return false;
    }
    int slot = index.slotFor(sample, realisation);
    if (slot >= most) {
      throw new IllegalStateException(
          "entry %d of a cache of %d: sample %d, realisation %d"
              .formatted(slot + 1, most, sample, realisation));
    }
    Files.createDirectories(folder);
    segments.write(slot, bytes);
    index.finish(slot, new EntryRecord(sample, realisation, EntryRecord.checksum(bytes)));
    damaged.remove(new EntryIndex.Name(sample, realisation));
    return true;
  }

  /**
   * Copies an entry to where {@code target} stands, whose position moves on by it.
   *
   * @return false if there is none, or none that is as it was put; the position stays then
   */
  boolean read(long sample, int realisation, ByteBuffer target, boolean verify) throws IOException {
    var place = index.find(sample, realisation);
    var name = new EntryIndex.Name(sample, realisation);
    if (place == null || damaged.contains(name)) {
      return false;
    }
    int at = target.position();
    if (segments.read(place.slot(), target)) {
      if (!verify) {
        return true;
      }
      var copied = target.duplicate().flip().position(at);
      int checksum = EntryRecord.checksum(copied);
      if (checksum == place.checksum()
          || checksum == index.again(sample, realisation, place).checksum()) {
        return true;
      }
    }
    target.position(at);
    damaged.add(name);
    return false;
  }

  /** Forces what was written to the disk. */
  void force() throws IOException {
    segments.force();
    index.force();
  }

  @Override
  public void close() throws IOException {
    segments.close();
    index.close();
  }
}
