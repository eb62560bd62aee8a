package io.redraft.model.train.cache;

import io.redraft.model.safetensors.BFloat16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;

/** Small caches and streams whose bytes follow from sample and realisation. */
final class Caches {
  static final int TOKENS = 3;
  static final int WIDTH = 5;
  static final int ENTRY = TOKENS * WIDTH * BFloat16.BYTES;

  private Caches() {}

  static CacheKey key(int realisations) {
    return new CacheKey("trunk-1", "corpus-1", 7, 0.15, 0.9, realisations, TOKENS, WIDTH);
  }

  /** Three entries a file. */
  static CacheStorage settings(Path folder, long samples, Realisations realisations) {
    return new CacheStorage(folder, samples, realisations, 1 << 20, 3 * ENTRY + 1, false);
  }

  /** The stream of a sample, as bfloat16 bytes. */
  static ByteBuffer stream(long sample, int realisation) {
    var random = new Random(31 * sample + realisation);
    var bytes = ByteBuffer.allocate(ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putShort(BFloat16.of((float) random.nextGaussian()));
    }
    return bytes.flip();
  }

  static ByteBuffer batch(int samples) {
    return ByteBuffer.allocateDirect(samples * ENTRY);
  }

  /** Entry i of a batch. */
  static ByteBuffer entry(ByteBuffer batch, int i) {
    return batch.duplicate().clear().slice(i * ENTRY, ENTRY);
  }
}
