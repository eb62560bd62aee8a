package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.util.Map;

/**
 * Whether what frozen blocks give is kept on disk instead of computed again in every step.
 *
 * @param kind whether it is
 * @param realisations masks that a training sequence is kept with
 * @param refresh passes over the data after which the cache is made anew with other masks; 0 for
 *     never
 * @param limit most bytes that it may take
 * @param bandwidth bytes a second that a disk is read with, which {@code auto} reckons with
 */
public record CacheSettings(Kind kind, int realisations, int refresh, long limit, long bandwidth) {
  /** Whether the stream is kept. */
  public enum Kind {
    /** Computed in every step. */
    NONE,
    /** Read from disk. */
    DISK,
    /** Read from disk in the stages in which that is faster and fits the limit. */
    AUTO
  }

  /**
   * Computed in every step; otherwise a cache of at most 64 GiB, read with 2 GB/s, which an NVMe
   * disk gives.
   */
  public static final CacheSettings NONE =
      new CacheSettings(Kind.NONE, 1, 0, 64L << 30, 2_000_000_000L);

  private static final String FIELD = "curriculum.cache";

  public CacheSettings {
    Check.atLeast(FIELD + "_realisations", realisations, 1);
    Check.atLeast(FIELD + "_refresh", refresh, 0);
    Check.atLeast(FIELD + "_limit", limit, 1);
    Check.atLeast(FIELD + "_bandwidth", bandwidth, 1);
    if (kind == Kind.NONE && (realisations != 1 || refresh != 0)) {
      throw InvalidInputException.of(
          FIELD, Check.key(kind), "disk, auto, for cache_realisations and cache_refresh");
    }
  }

  static CacheSettings read(Section section) {
    return new CacheSettings(
        Check.choice(FIELD, section.text("cache", "none"), Kind.values()),
        section.integer("cache_realisations", NONE.realisations),
        section.integer("cache_refresh", NONE.refresh),
        section.bytes("cache_limit", NONE.limit),
        section.bytes("cache_bandwidth", NONE.bandwidth));
  }

  void write(Map<String, Object> out) {
    out.put(FIELD, Check.key(kind));
    out.put(FIELD + "_realisations", realisations);
    out.put(FIELD + "_refresh", refresh);
    out.put(FIELD + "_limit", limit);
    out.put(FIELD + "_bandwidth", bandwidth);
  }

  /**
   * Bytes of a cache: 2 for each number of the stream.
   *
   * @param tokens tokens of the training text
   * @param width numbers a token
   */
  public long bytes(long tokens, int width) {
    return Math.multiplyExact(Math.multiplyExact(tokens, 2L * width), (long) realisations);
  }
}
