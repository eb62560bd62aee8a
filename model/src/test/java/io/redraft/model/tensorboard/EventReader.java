package io.redraft.model.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Event files read back by other means than they are written with: protobuf's own parser and a
 * CRC-32C computed bit by bit. Every checksum is asserted.
 */
public final class EventReader {
  private EventReader() {}

  /**
   * What an event holds.
   *
   * @param version of the first event, or empty
   * @param scalars values by their tags
   */
  public record Told(double seconds, long step, String version, Map<String, Float> scalars) {}

  /** The only event file in a folder. */
  public static Path only(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .reduce(
              (a, b) -> {
                throw new AssertionError(a + " and " + b);
              })
          .orElseThrow();
    }
  }

  /** All events of a file, which must end with a whole record. */
  public static List<Told> read(Path file) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Told> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      var head = new byte[8];
      bytes.duplicate().get(head);
      var length = bytes.getLong();
      assertThat(bytes.getInt()).isEqualTo(masked(head));
      var content = new byte[Math.toIntExact(length)];
      bytes.get(content);
      assertThat(bytes.getInt()).isEqualTo(masked(content));
      events.add(event(UnknownFieldSet.parseFrom(content)));
    }
    return events;
  }

  private static Told event(UnknownFieldSet event) throws IOException {
    Map<String, Float> scalars = new TreeMap<>();
    for (var summary : event.getField(5).getLengthDelimitedList()) {
      for (var value : UnknownFieldSet.parseFrom(summary).getField(1).getLengthDelimitedList()) {
        var fields = UnknownFieldSet.parseFrom(value);
        var number = Float.intBitsToFloat(fields.getField(2).getFixed32List().get(0));
        scalars.put(text(fields.getField(1).getLengthDelimitedList()), number);
      }
    }
    var steps = event.getField(2).getVarintList();
    return new Told(
        Double.longBitsToDouble(event.getField(1).getFixed64List().get(0)),
        steps.isEmpty() ? 0 : steps.get(0),
        text(event.getField(3).getLengthDelimitedList()),
        scalars);
  }

  private static String text(List<ByteString> values) {
    return values.isEmpty() ? "" : values.get(0).toString(StandardCharsets.UTF_8);
  }

  private static int masked(byte[] bytes) {
    var crc = ~0;
    for (var b : bytes) {
      crc ^= b & 0xff;
      for (var bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82f63b78); // Castagnoli's polynomial, reversed
      }
    }
    crc = ~crc;
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }
}
