package io.redraft.load.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Variants of a measurement that are compared with each other. Each round measures every one of
 * them once, in a new order, so that neither a busy minute nor the heat of the one before falls
 * upon the same variant every time.
 *
 * @param <K> names of the variants
 */
public final class Rounds<K> {
  /** One measurement. */
  @FunctionalInterface
  public interface Measured {
    /** Takes it; {@code round} counts from 0. */
    double measure(int round) throws Exception;
  }

  private final Map<K, Measured> variants = new LinkedHashMap<>();
  private final Random order = new Random(1);

  /** Adds a variant. */
  public Rounds<K> with(K name, Measured variant) {
    if (variants.putIfAbsent(name, variant) != null) {
      throw new IllegalArgumentException("two variants " + name);
    }
    return this;
  }

  /**
   * Measures in whole rounds, at least {@code least} of them and then until {@code time} is over.
   *
   * @param progress told how many rounds are done
   * @return a series a variant, in the order in which they were added
   */
  public Map<K, Series> run(int least, Duration time, Progress progress) throws Exception {
    var results = new LinkedHashMap<K, Series>();
    variants.keySet().forEach(name -> results.put(name, new Series()));
    long end = System.nanoTime() + time.toNanos();
    for (int round = 0; round < least || System.nanoTime() < end; round++) {
      progress.round(round);
      List<K> turn = new ArrayList<>(variants.keySet());
      Collections.shuffle(turn, order);
      for (K name : turn) {
        results.get(name).add(variants.get(name).measure(round));
      }
    }
    return results;
  }

  /** Hears that a round begins. */
  @FunctionalInterface
  public interface Progress {
    /** The round that begins, counted from 0. */
    void round(int round);
  }
}
