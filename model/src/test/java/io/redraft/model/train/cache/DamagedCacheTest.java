package io.redraft.model.train.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files cut at every place, and every byte changed: what is read is what was put, or missing. */
class DamagedCacheTest {
  private static final int SAMPLES = 5;
  private static final Realisations ONE = new Realisations(1, 0);

  @TempDir private Path root;
  private Path index;
  private Path first;
  private Path second;

  @BeforeEach
  void fill() throws IOException {
    try (var cache = open()) {
      for (int sample = 0; sample < SAMPLES; sample++) {
        cache.put(sample, 0, Caches.stream(sample, 0));
      }
    }
    var generation = root.resolve("cache/streams-" + Caches.key(1).id() + "/000000");
    index = generation.resolve("index");
    first = generation.resolve("000000.bf16"); // entries 0 to 2
    second = generation.resolve("000001.bf16");
  }

  @Test
  void keepsTheEntriesBeforeTheEndOfATornIndex() throws IOException {
    byte[] whole = Files.readAllBytes(index);
    for (int length = 0; length <= whole.length; length++) {
      cut(index, whole, length);
      int finished = length / EntryRecord.BYTES;
      assertThat(missing()).as("cut to %d", length).isEqualTo(SAMPLES - finished);
      assertWhole(mended());
    }
  }

  @Test
  void missesTheEntriesBehindTheEndOfATornSegment() throws IOException {
    byte[] whole = Files.readAllBytes(second);
    for (int length = 0; length < whole.length; length++) {
      cut(second, whole, length);
      int left = Math.min(2, length / Caches.ENTRY); // the file has room for a third
      assertThat(missing()).as("cut to %d", length).isEqualTo(2 - left);
      assertWhole(mended());
    }
    Files.delete(first);
    assertThat(missing()).isEqualTo(3);
    assertWhole(mended());
  }

  @Test
  void findsEveryChangedByte() throws IOException {
    for (Path file : new Path[] {index, first, second}) {
      byte[] whole = Files.readAllBytes(file);
      int used = file.equals(second) ? 2 * Caches.ENTRY : whole.length;
      for (int at = 0; at < used; at++) {
        byte[] changed = whole.clone();
        changed[at] ^= 1 << at % 8;
        Files.write(file, changed);
        assertThat(missing()).as("byte %d of %s", at, file.getFileName()).isEqualTo(1);
        assertWhole(mended());
        Files.write(file, whole);
      }
    }
  }

  @Test
  void givesThePlaceOfATornRecordToAnotherEntry() throws IOException {
    byte[] whole = Files.readAllBytes(index);
    whole[EntryRecord.BYTES + 2] ^= 4;
    Files.write(index, whole);
    assertWhole(mended());
    assertThat(Files.size(index)).isEqualTo(SAMPLES * EntryRecord.BYTES);
  }

  @Test
  void readsARecordThatAnotherWriterWasStillWriting() throws IOException {
    byte[] whole = Files.readAllBytes(index);
    byte[] half = whole.clone();
    half[whole.length - 1] ^= 1;
    Files.write(index, half);
    try (var reader = open()) {
      assertThat(reader.has(4, 0)).isFalse();
      Files.write(index, whole);
      assertThat(reader.has(4, 0)).isTrue();
      // A torn record in the middle that another process has mended is not given away.
      half = whole.clone();
      half[0] ^= 1;
      Files.write(index, half);
      try (var other = open()) {
        assertThat(other.has(0, 0)).isFalse();
        Files.write(index, whole);
        assertThat(other.put(0, 0, Caches.stream(0, 0))).as("it is there").isFalse();
        assertWhole(other);
      }
    }
  }

  /** Samples that a cache just opened does not give; all others are as they were put. */
  private int missing() throws IOException {
    try (var cache = open()) {
      long[] samples = {0, 1, 2, 3, 4};
      var batch = Caches.batch(SAMPLES);
      int[] missing = cache.read(samples, 0, batch);
      for (int i = 0; i < SAMPLES; i++) {
        int sample = i;
        if (Arrays.stream(missing).noneMatch(m -> m == sample)) {
          assertThat(Caches.entry(batch, i)).isEqualTo(Caches.stream(i, 0));
        }
      }
      return missing.length;
    }
  }

  /** The cache after what was missing has been computed again. */
  private ActivationCache mended() throws IOException {
    try (var cache = open()) {
      for (int missing : cache.read(new long[] {0, 1, 2, 3, 4}, 0, Caches.batch(SAMPLES))) {
        assertThat(cache.has(missing, 0)).isFalse();
        assertThat(cache.put(missing, 0, Caches.stream(missing, 0))).isTrue();
        assertThat(cache.has(missing, 0)).isTrue();
      }
    }
    return open();
  }

  private static void assertWhole(ActivationCache cache) throws IOException {
    try (cache) {
      var batch = Caches.batch(SAMPLES);
      assertThat(cache.read(new long[] {0, 1, 2, 3, 4}, 0, batch)).isEmpty();
      for (int i = 0; i < SAMPLES; i++) {
        assertThat(Caches.entry(batch, i)).isEqualTo(Caches.stream(i, 0));
      }
    }
  }

  private static void cut(Path file, byte[] whole, int length) throws IOException {
    Files.write(file, whole);
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }

  private ActivationCache open() throws IOException {
    return ActivationCache.open(
        Caches.settings(root.resolve("cache"), SAMPLES, ONE), Caches.key(1));
  }
}
