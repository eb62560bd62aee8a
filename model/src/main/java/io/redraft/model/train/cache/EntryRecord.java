package io.redraft.model.train.cache;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A line of the index: that entry number n is finished, and whose it is. 24 bytes, little-endian:
 * sample (8), realisation (4), checksum of the entry's bytes (4), its own number (4), checksum of
 * those 20 bytes (4).
 *
 * @param sample identity of the sample
 * @param realisation mask realisation
 * @param checksum CRC32C of the entry's bytes
 */
record EntryRecord(long sample, int realisation, int checksum) {
  static final int BYTES = 24;
  private static final int BODY = 20;

  /** This record as that of entry {@code slot}. */
  ByteBuffer bytes(int slot) {
    var bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(sample).putInt(realisation).putInt(checksum).putInt(slot);
    return bytes.putInt(checksum(bytes.duplicate().flip())).flip();
  }

  /** The record of entry {@code slot} in a buffer; empty if it was torn or changed. */
  static Optional<EntryRecord> read(ByteBuffer index, int at, int slot) {
    var record = index.slice(at, BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (record.getInt(BODY) != checksum(record.slice(0, BODY)) || record.getInt(16) != slot) {
      return Optional.empty();
    }
    return Optional.of(new EntryRecord(record.getLong(0), record.getInt(8), record.getInt(12)));
  }

  /** CRC32C of what is left in a buffer, whose position stays. */
  static int checksum(ByteBuffer bytes) {
    var crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }
}
