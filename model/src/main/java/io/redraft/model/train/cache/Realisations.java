package io.redraft.model.train.cache;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.CounterHash;

/**
 * Which mask realisations of a sample the passes over the data see. A cached stream freezes the
 * masks that it was computed with; so a sample has several, met in turn, and all are replaced after
 * a number of passes. Realisations are numbered through: those of generation g are g·count to
 * (g+1)·count − 1.
 *
 * @param count realisations of a sample that are kept at a time
 * @param refreshEvery passes after which a generation is replaced; 0 for never
 */
public record Realisations(int count, int refreshEvery) {
  public Realisations {
    if (count < 1) {
      throw InvalidInputException.of("realisations", count, "1 or more");
    }
    if (refreshEvery != 0 && refreshEvery < count) {
      throw InvalidInputException.of(
          "refresh_every",
          refreshEvery,
          "0 for never, or at least realisations (" + count + ") passes");
    }
  }

  /** The realisation that a pass sees, counted from 0: a pure function. */
  public int of(long pass) {
    if (pass < 0) {
      throw new IllegalArgumentException("pass " + pass);
    }
    if (refreshEvery == 0) {
      return (int) (pass % count);
    }
    long generation = pass / refreshEvery;
    return Math.toIntExact(generation * count + pass % refreshEvery % count);
  }

  /** The generation of a realisation. */
  public int generation(int realisation) {
    return realisation / count;
  }

  /** Generations that may lie on disk at a time. */
  int generationsKept() {
    return refreshEvery == 0 ? 1 : 2;
  }

  /** The seed of a realisation's masks, as {@link io.redraft.model.noise.Masks} takes it. */
  public static long seed(long maskSeed, int realisation) {
    return CounterHash.bits(maskSeed, realisation);
  }
}
