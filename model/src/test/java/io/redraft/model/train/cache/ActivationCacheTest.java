package io.redraft.model.train.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.redraft.model.InvalidInputException;
import io.redraft.model.safetensors.BFloat16;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationCacheTest {
  private static final Realisations TWO = new Realisations(2, 0);

  @TempDir private Path root;

  @Test
  void readsWhatWasPutInAnyOrderAlsoAfterItIsOpenedAgain() throws IOException {
    var folder = root.resolve("cache");
    List<long[]> entries = new ArrayList<>();
    for (long sample : new long[] {0, 1, -5, Long.MAX_VALUE, Long.MIN_VALUE, 42, 43}) {
      entries.add(new long[] {sample, 0});
      entries.add(new long[] {sample, 1});
    }
    Collections.shuffle(entries, new Random(2));
    try (var cache = open(folder, 7)) {
      for (long[] e : entries) {
        assertThat(cache.has(e[0], (int) e[1])).isFalse();
        assertThat(cache.put(e[0], (int) e[1], Caches.stream(e[0], (int) e[1]))).isTrue();
        assertThat(cache.put(e[0], (int) e[1], Caches.stream(e[0], (int) e[1]))).isFalse();
      }
      everyEntryIsRead(cache, entries);
    }
    assertThat(folder.resolve("streams-" + Caches.key(2).id() + "/000000"))
        .isDirectoryContaining(f -> f.endsWith("000004.bf16")); // 14 entries, three a file
    try (var cache = open(folder, 7)) {
      everyEntryIsRead(cache, entries);
    }
  }

  private static void everyEntryIsRead(ActivationCache cache, List<long[]> entries)
      throws IOException {
    long[] samples = entries.stream().mapToLong(e -> e[0]).toArray();
    int[] realisations = entries.stream().mapToInt(e -> (int) e[1]).toArray();
    var batch = Caches.batch(samples.length);
    assertThat(cache.read(samples, realisations, batch)).isEmpty();
    assertThat(batch.hasRemaining()).isFalse();
    for (int i = 0; i < samples.length; i++) {
      assertThat(cache.has(samples[i], realisations[i])).isTrue();
      assertThat(Caches.entry(batch, i)).isEqualTo(Caches.stream(samples[i], realisations[i]));
    }
  }

  @Test
  void roundsFloatsToBfloat16() throws IOException {
    float[] stream = new float[Caches.TOKENS * Caches.WIDTH];
    stream[0] = 1 + 0x1p-8f; // halfway between 1 and the next, 1 + 2^-7; 1 is even
    stream[1] = 1 + 0x1p-8f + 0x1p-20f;
    stream[2] = Float.NaN;
    stream[14] = -3.5f;
    try (var cache = open(root.resolve("cache"), 1)) {
      cache.put(9, 1, stream);
      var batch = Caches.batch(1);
      assertThat(cache.read(new long[] {9}, 1, batch)).isEmpty();
      var read = batch.flip().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
      assertThat(BFloat16.toFloat(read.get(0))).isEqualTo(1f);
      assertThat(BFloat16.toFloat(read.get(1))).isEqualTo(1 + 0x1p-7f);
      assertThat(BFloat16.toFloat(read.get(2))).isNaN();
      assertThat(BFloat16.toFloat(read.get(14))).isEqualTo(-3.5f);
    }
  }

  @Test
  void saysWhichOfABatchAreMissingAndLeavesTheirPlaces() throws IOException {
    try (var cache = open(root.resolve("cache"), 4)) {
      cache.put(1, 0, Caches.stream(1, 0));
      cache.put(3, 0, Caches.stream(3, 0));
      var batch = Caches.batch(4);
      assertThat(cache.read(new long[] {0, 1, 2, 3}, 0, batch)).containsExactly(0, 2);
      assertThat(Caches.entry(batch, 1)).isEqualTo(Caches.stream(1, 0));
      assertThat(Caches.entry(batch, 3)).isEqualTo(Caches.stream(3, 0));
      assertThat(Caches.entry(batch, 2)).isEqualTo(Caches.batch(1));
      assertThat(cache.read(new long[] {1}, 1, Caches.batch(1))).containsExactly(0);
    }
  }

  @Test
  void namesWhatAStaleCacheWasMadeOfAndRemovesItOnlyWhenTold() throws IOException {
    var folder = root.resolve("cache");
    try (var cache = open(folder, 2)) {
      cache.put(1, 0, Caches.stream(1, 0));
    }
    var other = new CacheKey("trunk-2", "corpus-1", 8, 0.15, 0.9, 2, Caches.TOKENS, Caches.WIDTH);
    assertThatThrownBy(() -> ActivationCache.open(Caches.settings(folder, 2, TWO), other))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "cache %s is stale, made of trunk trunk-1, mask_seed 7; allowed: trunk trunk-2, mask_seed 8;"
                    .formatted(folder)
                + " or rebuild_stale, which removes what is there");
    try (var cache = open(folder, 2)) {
      assertThat(cache.has(1, 0)).as("refusing has removed nothing").isTrue();
    }
    var rebuilding = new CacheStorage(folder, 2, TWO, 1 << 20, 3 * Caches.ENTRY, true);
    try (var old = open(folder, 2);
        var cache = ActivationCache.open(rebuilding, other)) {
      assertThat(cache.has(1, 0)).isFalse();
      cache.put(1, 0, Caches.stream(2, 0));
      assertThatThrownBy(() -> old.put(2, 0, Caches.stream(2, 0)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("removed meanwhile");
    }
    try (var cache = ActivationCache.open(rebuilding, other)) {
      assertThat(cache.has(1, 0)).as("its own key is not stale").isTrue();
    }
  }

  @Test
  void refusesWhatWouldNotFitBeforeAnythingIsWritten() throws IOException {
    var folder = root.resolve("cache");
    // 10 samples x 2 realisations x (30 + 24) bytes; twice while they are replaced.
    var once = new CacheStorage(folder, 10, TWO, 1079, 1000, false);
    assertThatThrownBy(() -> ActivationCache.open(once, Caches.key(2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage(
            "limit_bytes is 1079; allowed: at least 1080, for 10 samples x 2 realisations x 54 bytes, once");
    var refreshed = new CacheStorage(folder, 10, new Realisations(2, 4), 2159, 1000, false);
    assertThatThrownBy(() -> ActivationCache.open(refreshed, Caches.key(2)))
        .hasMessageContaining("at least 2160");
    var huge = new CacheStorage(folder, Long.MAX_VALUE / 2, TWO, Long.MAX_VALUE - 1, 1000, false);
    assertThatThrownBy(() -> ActivationCache.open(huge, Caches.key(2)))
        .isInstanceOf(InvalidInputException.class);
    var narrow = new CacheStorage(folder, 10, TWO, 1080, Caches.ENTRY - 1, false);
    assertThatThrownBy(() -> ActivationCache.open(narrow, Caches.key(2)))
        .hasMessageContaining("segment_bytes is 29");
    assertThat(folder).doesNotExist();
    var exact = new CacheStorage(folder, 10, TWO, 1080, 1000, false);
    try (var cache = ActivationCache.open(exact, Caches.key(2))) {
      for (int i = 0; i < 20; i++) {
        cache.put(i / 2, i % 2, Caches.stream(i / 2, i % 2));
      }
      assertThat(bytesOf(folder.resolve("streams-" + Caches.key(2).id()))).isEqualTo(1080);
      assertThatThrownBy(() -> cache.put(10, 0, Caches.stream(10, 0)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("entry 21 of a cache of 20");
    }
  }

  private static long bytesOf(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
    }
  }

  @Test
  void touchesNoFolderThatHoldsSomethingElse() throws IOException {
    var folder = Files.createDirectories(root.resolve("photos"));
    Files.writeString(folder.resolve("family.txt"), "dear");
    var settings = new CacheStorage(folder, 1, TWO, 1 << 20, 1000, true);
    assertThatThrownBy(() -> ActivationCache.open(settings, Caches.key(2)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("family.txt");
    assertThat(folder).isDirectoryContaining(f -> f.endsWith("family.txt"));
  }

  @Test
  void passesMeetEveryRealisationAndThenTheNextGeneration() {
    var realisations = new Realisations(3, 7);
    int[] met = new int[16];
    for (int pass = 0; pass < met.length; pass++) {
      met[pass] = realisations.of(pass);
    }
    assertThat(met).containsExactly(0, 1, 2, 0, 1, 2, 0, 3, 4, 5, 3, 4, 5, 3, 6, 7);
    assertThat(new Realisations(3, 0).of(Integer.MAX_VALUE + 4L)).isEqualTo(2); // 2^31 + 3 = 3k + 2
    assertThatThrownBy(() -> new Realisations(3, 2))
        .hasMessage(
            "refresh_every is 2; allowed: 0 for never, or at least realisations (3) passes");
  }

  @Test
  void replacesAGenerationAndRemovesTheOldOneWhenTheNewOneIsWhole() throws IOException {
    var folder = root.resolve("cache");
    var streams = folder.resolve("streams-" + Caches.key(1).id());
    var settings = Caches.settings(folder, 2, new Realisations(1, 1));
    try (var cache = ActivationCache.open(settings, Caches.key(1));
        var slow = ActivationCache.open(settings, Caches.key(1))) {
      for (int sample = 0; sample < 2; sample++) {
        cache.put(sample, 0, Caches.stream(sample, 0));
      }
      cache.put(0, 1, Caches.stream(0, 1));
      assertThat(streams).isDirectoryContaining(f -> f.endsWith("000000"));
      assertThat(slow.read(new long[] {1}, 0, Caches.batch(1))).isEmpty();
      cache.put(1, 1, Caches.stream(1, 1));
      assertThat(streams).isDirectoryNotContaining(f -> f.endsWith("000000"));
      assertThat(slow.put(1, 0, Caches.stream(1, 0))).as("of a generation that is gone").isFalse();
      assertThat(streams).isDirectoryNotContaining(f -> f.endsWith("000000"));
      // A generation that never became whole goes when the one after the next begins.
      cache.put(0, 2, Caches.stream(0, 2));
      cache.put(0, 3, Caches.stream(0, 3));
      assertThat(streams)
          .isDirectoryNotContaining(f -> f.endsWith("000001"))
          .isDirectoryContaining(f -> f.endsWith("000002"))
          .isDirectoryContaining(f -> f.endsWith("000003"));
      assertThat(cache.has(0, 1)).isFalse();
    }
  }

  @Test
  void countsEveryPartOfAFingerprintWithItsName() {
    var weights = ByteBuffer.wrap(new byte[] {1, 2, 3});
    var plain = new Fingerprint().bytes("a", weights).text("b", "c").hex();
    assertThat(new Fingerprint().bytes("a", weights).text("b", "c").hex()).isEqualTo(plain);
    assertThat(new Fingerprint().bytes("a", weights).text("bc", "").hex()).isNotEqualTo(plain);
    assertThat(new Fingerprint().text("b", "c").bytes("a", weights).hex()).isNotEqualTo(plain);
    var others = ByteBuffer.wrap(new byte[] {1, 2, 4});
    assertThat(new Fingerprint().bytes("a", others).text("b", "c").hex()).isNotEqualTo(plain);
  }

  @Test
  void aFingerprintOfNumbersIsThatOfTheirBytes() {
    var numbers = new int[100_001]; // several pieces, the last one shorter
    var bytes = ByteBuffer.allocate(4 * numbers.length);
    for (var i = 0; i < numbers.length; i++) {
      numbers[i] = 31 * i - 7;
      bytes.putInt(numbers[i]);
    }
    assertThat(new Fingerprint().numbers("a", numbers).hex())
        .isEqualTo(new Fingerprint().bytes("a", bytes.flip()).hex());
    assertThat(new Fingerprint().numbers("a", new int[0]).hex())
        .isEqualTo(new Fingerprint().text("a", "").hex());
  }

  private static ActivationCache open(Path folder, long samples) throws IOException {
    return ActivationCache.open(Caches.settings(folder, samples, TWO), Caches.key(2));
  }
}
