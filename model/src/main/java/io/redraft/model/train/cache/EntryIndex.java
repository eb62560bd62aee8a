package io.redraft.model.train.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which entries of a generation are finished: record n is of entry n. It is read by any process at
 * any time and grows; a record that is not whole is none, and its entry's place is given to
 * another.
 */
final class EntryIndex implements AutoCloseable {
  /** Whose an entry is. */
  record Name(long sample, int realisation) {}

  /** Where an entry lies, and what its bytes must give. */
  record Place(int slot, int checksum) {}

  private static final int CHUNK = EntryRecord.BYTES << 12;

  private final Path file;
  private final Map<Name, Place> places = new HashMap<>();
  private final Set<Integer> free = new LinkedHashSet<>();
  private FileChannel channel;
  private int known;

  EntryIndex(Path file) {
    this.file = file;
  }

  /** The place of a finished entry, or null. */
  Place find(long sample, int realisation) throws IOException {
    var name = new Name(sample, realisation);
    var place = places.get(name);
    if (place == null) {
      read(false);
      place = places.get(name);
    }
    return place;
  }

  /** Entries that are finished, as far as was looked. */
  int size() {
    return places.size();
  }

  /** Reads everything anew that may have changed, under the folder's lock: nobody else writes. */
  void refresh() throws IOException {
    read(true);
    for (int slot : List.copyOf(free)) {
      var record = ByteBuffer.allocate(EntryRecord.BYTES);
      readFully(record, (long) slot * EntryRecord.BYTES);
      EntryRecord.read(record, 0, slot).ifPresent(found -> take(slot, found));
    }
  }

  /**
   * Reads what was added.
   *
   * @param alone whether nobody can be writing, so that a last record that is not whole never will
   *     be
   */
  private void read(boolean alone) throws IOException {
    if (channel == null && !open(false)) {
      return;
    }
    long end = channel.size() / EntryRecord.BYTES;
    var chunk = ByteBuffer.allocate(CHUNK);
    while (known < end) {
      chunk.clear().limit((int) Math.min(CHUNK, (end - known) * EntryRecord.BYTES));
      int read = readFully(chunk, (long) known * EntryRecord.BYTES);
      for (int at = 0; at + EntryRecord.BYTES <= read; at += EntryRecord.BYTES) {
        var record = EntryRecord.read(chunk, at, known);
        if (record.isEmpty() && !alone && known + 1 == end) {
          return;
        }
        int slot = known++;
        record.ifPresentOrElse(found -> take(slot, found), () -> free.add(slot));
      }
      if (read < EntryRecord.BYTES) {
        return; // shortened meanwhile
      }
    }
  }

  private void take(int slot, EntryRecord record) {
    free.remove(slot);
    places.put(new Name(record.sample(), record.realisation()), new Place(slot, record.checksum()));
  }

  /**
   * The place to write an entry to: its old one, that of a torn record, or a new one. Held by a
   * writer that has the folder's lock and has read everything.
   */
  int slotFor(long sample, int realisation) {
    var place = places.get(new Name(sample, realisation));
    if (place != null) {
      return place.slot();
    }
    return free.isEmpty() ? known : free.iterator().next();
  }

  /** Marks an entry's place as finished. */
  void finish(int slot, EntryRecord record) throws IOException {
    open(true);
    var bytes = record.bytes(slot);
    long at = (long) slot * EntryRecord.BYTES;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    take(slot, record);
    known = Math.max(known, slot + 1);
  }

  /** Reads a record again that another writer may have written anew. */
  Place again(long sample, int realisation, Place old) throws IOException {
    var record = ByteBuffer.allocate(EntryRecord.BYTES);
    int read = readFully(record, (long) old.slot() * EntryRecord.BYTES);
    if (read < EntryRecord.BYTES) {
      return old;
    }
    return EntryRecord.read(record, 0, old.slot())
        .filter(found -> found.sample() == sample && found.realisation() == realisation)
        .map(found -> new Place(old.slot(), found.checksum()))
        .orElse(old);
  }

  private int readFully(ByteBuffer target, long from) throws IOException {
    while (target.hasRemaining() && channel.read(target, from + target.position()) >= 0) {}
    return target.position();
  }

  private boolean open(boolean create) throws IOException {
    if (channel == null) {
      if (create) {
        Files.createDirectories(file.getParent());
      } else if (!Files.exists(file)) {
        return false;
      }
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
    return true;
  }

  /** Forces what was written to the disk. */
  void force() throws IOException {
    if (channel != null) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
