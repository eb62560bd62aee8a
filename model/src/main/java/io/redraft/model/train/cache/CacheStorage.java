package io.redraft.model.train.cache;

import io.redraft.model.InvalidInputException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * How a cache is kept.
 *
 * @param folder where; the cache's own
 * @param samples different samples that it may be given
 * @param realisations which mask realisations are kept, and for how long
 * @param limitBytes bytes that its entries may take on disk
 * @param segmentBytes most bytes of one file, at most 2 GiB − 1
 * @param rebuildStale whether a cache that was made of something else is removed, rather than
 *     refused
 */
public record CacheStorage(
    Path folder,
    long samples,
    Realisations realisations,
    long limitBytes,
    long segmentBytes,
    boolean rebuildStale) {
  /** Most bytes of a file where nobody says otherwise. */
  public static final long SEGMENT = 1L << 30;

  public CacheStorage {
    if (samples < 1) {
      throw InvalidInputException.of("samples", samples, "1 or more");
    }
    if (limitBytes < 1) {
      throw InvalidInputException.of("limit_bytes", limitBytes, "1 or more");
    }
    if (segmentBytes < 1 || segmentBytes > Integer.MAX_VALUE) {
      throw InvalidInputException.of(
          "segment_bytes", segmentBytes, "1 to " + Integer.MAX_VALUE + ", as files are mapped");
    }
  }

  /**
   * Bytes that the cache will take in the end, the index included: a whole generation, and while
   * one is being replaced, another.
   */
  public long bytesNeeded(CacheKey key) {
    try {
      long entries = Math.multiplyExact(samples, realisations.count());
      long generation = Math.multiplyExact(entries, key.entryBytes() + EntryRecord.BYTES);
      return Math.multiplyExact(generation, realisations.generationsKept());
    } catch (ArithmeticException tooMany) {
      return Long.MAX_VALUE;
    }
  }

  /** Entries of a generation. */
  long entries() {
    return samples * realisations.count();
  }

  /** Refuses a cache that would not fit, before anything is written. */
  void check(CacheKey key) {
    if (key.realisations() != realisations.count()) {
      throw InvalidInputException.of(
          "realisations", key.realisations(), realisations.count() + ", as the cache keeps");
    }
    if (key.entryBytes() > segmentBytes) {
      throw InvalidInputException.of(
          "segment_bytes", segmentBytes, "at least one entry of " + key.entryBytes() + " bytes");
    }
    long needed = bytesNeeded(key);
    if (needed > limitBytes) {
      throw InvalidInputException.of(
          "limit_bytes",
          limitBytes,
          String.format(
              Locale.ROOT,
              "at least %d, for %d samples x %d realisations x %d bytes, %s",
              needed,
              samples,
              realisations.count(),
              key.entryBytes() + EntryRecord.BYTES,
              realisations.generationsKept() == 1
                  ? "once"
                  : "twice, because they are replaced after passes"));
    }
    if (entries() > Integer.MAX_VALUE - 8) {
      throw InvalidInputException.of("samples", samples, "2147483639 entries at most");
    }
  }
}
