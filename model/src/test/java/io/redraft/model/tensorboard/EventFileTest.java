package io.redraft.model.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochMilli(1_700_000_000_250L), ZoneOffset.UTC);

  @TempDir private Path folder;

  private void write(long lastStep, long... steps) throws Exception {
    try (var events = EventFile.open(folder, lastStep, CLOCK)) {
      for (var step : steps) {
        events.write(step, Map.of("loss/train", 1.0 / step));
      }
    }
  }

  @Test
  void whatIsWrittenIsReadBackByOthers() throws Exception {
    try (var events = EventFile.open(folder, 0, CLOCK)) {
      // A step of several varint bytes, a tag beyond ASCII, values that float32 rounds.
      events.write(1, new TreeMap<>(Map.of("loss/train", 4.25, "größe", -0.1)));
      events.write(1L << 40, Map.of("loss/train", Double.NaN));
    }
    var file = EventReader.only(folder);
    assertThat(file.getFileName()).hasToString("events.out.tfevents.1700000000.redraft");
    var told = EventReader.read(file);
    assertThat(told)
        .containsExactly(
            new EventReader.Told(1_700_000_000.25, 0, "brain.Event:2", Map.of()),
            new EventReader.Told(
                1_700_000_000.25, 1, "", Map.of("loss/train", 4.25f, "größe", -0.1f)),
            new EventReader.Told(1_700_000_000.25, 1L << 40, "", Map.of("loss/train", Float.NaN)));
  }

  /** "123456789" has the CRC-32C 0xe3069283, from which the mask makes this. */
  @Test
  void theChecksumIsTheMaskedOne() {
    var record = Record.frame("123456789".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    var crc = 0xe3069283;
    var masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    var end = record.length;
    assertThat(Arrays.copyOfRange(record, end - 4, end))
        .isEqualTo(java.nio.ByteBuffer.allocate(4).putInt(Integer.reverseBytes(masked)).array());
  }

  @Test
  void stepsThatAreTakenAgainAreToldOnce() throws Exception {
    write(0, 10, 20, 30, 300);
    write(25, 30, 40);
    assertThat(EventReader.read(EventReader.only(folder)))
        .extracting(EventReader.Told::step)
        .containsExactly(0L, 10L, 20L, 30L, 40L);
    write(0, 10);
    assertThat(EventReader.read(EventReader.only(folder)))
        .extracting(EventReader.Told::step)
        .containsExactly(0L, 10L);
  }

  @Test
  void whatAKilledProcessLeftHalfWrittenIsCutOff() throws Exception {
    write(0, 1, 2, 3);
    var file = EventReader.only(folder);
    var whole = Files.readAllBytes(file);
    var all = EventReader.read(file).size();
    for (var cut = 1; cut <= whole.length; cut++) {
      Files.write(file, Arrays.copyOf(whole, whole.length - cut));
      write(Long.MAX_VALUE, 4);
      var read = EventReader.read(file);
      assertThat(read).last().extracting(EventReader.Told::step).isEqualTo(4L);
      assertThat(read.size()).isBetween(2, all);
      assertThat(read.get(0).version()).isEqualTo("brain.Event:2");
    }
    Files.write(file, whole);
    Files.write(
        file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, StandardOpenOption.APPEND);
    write(Long.MAX_VALUE, 4);
    assertThat(EventReader.read(file)).hasSize(all + 1);
  }
}
