package io.redraft.load.cache;

import io.redraft.model.files.FolderRemoval;
import io.redraft.model.train.cache.ActivationCache;
import io.redraft.model.train.cache.CacheKey;
import io.redraft.model.train.cache.CacheStorage;
import io.redraft.model.train.cache.Realisations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** A cache of random streams in a folder of its own, which is removed with it. */
final class FilledCache implements AutoCloseable {
  private final Path folder;
  private final ActivationCache cache;
  private final long samples;
  private final ByteBuffer target;
  private final Random order = new Random(2);
  private final double writeSeconds;

  FilledCache(Path parent, int tokens, int width, long samples, int batch) throws IOException {
    this.folder = Files.createTempDirectory(parent, "activations");
    this.samples = samples;
    var key = new CacheKey("random", "random", 0, 1, 1, 1, tokens, width);
    var settings =
        new CacheStorage(
            folder,
            samples,
            new Realisations(1, 0),
            Long.MAX_VALUE,
            Math.max(CacheStorage.SEGMENT, key.entryBytes()),
            false);
    this.cache = ActivationCache.open(settings, key);
    this.target = ByteBuffer.allocateDirect(Math.toIntExact(batch * key.entryBytes()));
    byte[] stream = new byte[(int) key.entryBytes()];
    new Random(1).nextBytes(stream);
    long began = System.nanoTime();
    for (long sample = 0; sample < samples; sample++) {
      cache.put(sample, 0, ByteBuffer.wrap(stream));
    }
    this.writeSeconds = (System.nanoTime() - began) / 1e9;
  }

  /** Seconds that writing every entry took. */
  double writeSeconds() {
    return writeSeconds;
  }

  /** Seconds of a batch, mean over so many of random samples. */
  double seconds(int batches, int batch, boolean verify) throws IOException {
    long began = System.nanoTime();
    for (int i = 0; i < batches; i++) {
      long[] chosen = order.longs(batch, 0, samples).toArray();
      if (cache.read(chosen, new int[batch], target.clear(), verify).length > 0) {
        throw new IllegalStateException("an entry that was put is missing");
      }
    }
    return (System.nanoTime() - began) / 1e9 / batches;
  }

  @Override
  public void close() throws IOException {
    cache.close();
    FolderRemoval.remove(folder);
  }
}
