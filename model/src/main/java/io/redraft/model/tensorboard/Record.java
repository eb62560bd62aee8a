package io.redraft.model.tensorboard;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The framing of TFRecord files, little-endian: length (8 bytes), its checksum (4), content, its
 * checksum (4). A checksum is the CRC-32C, masked so that a checksum of content that holds
 * checksums means something (TensorFlow, {@code tensorflow/core/lib/io/record_writer.h}).
 */
final class Record {
  /** Bytes of a record beside its content. */
  static final int OVERHEAD = 16;

  private static final int MASK_DELTA = 0xa282ead8;

  /** Events are small; a length beyond this is not one. */
  private static final long LONGEST = 1 << 24;

  private Record() {}

  /** A record with this content. */
  static byte[] frame(byte[] content) {
    var record = ByteBuffer.allocate(OVERHEAD + content.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(content.length);
    record.putInt(masked(record.array(), 8));
    record.put(content);
    record.putInt(masked(content, content.length));
    return record.array();
  }

  /** The content of the record that begins at a position; empty where there is no whole one. */
  static Optional<byte[]> read(FileChannel in, long position) throws IOException {
    var head = bytes(in, position, 12);
    if (head.remaining() < 12) {
      return Optional.empty();
    }
    var length = head.getLong();
    if (head.getInt() != masked(head.array(), 8) || length < 0 || length > LONGEST) {
      return Optional.empty();
    }
    var rest = bytes(in, position + 12, (int) length + 4);
    if (rest.remaining() < length + 4) {
      return Optional.empty();
    }
    var content = new byte[(int) length];
    rest.get(content);
    return rest.getInt() == masked(content, content.length)
        ? Optional.of(content)
        : Optional.empty();
  }

  private static ByteBuffer bytes(FileChannel in, long position, int count) throws IOException {
    var buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && in.read(buffer, position + buffer.position()) > 0) {
      // more may come
    }
    return buffer.flip();
  }

  private static int masked(byte[] bytes, int count) {
    var crc = new CRC32C();
    crc.update(bytes, 0, count);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }
}
