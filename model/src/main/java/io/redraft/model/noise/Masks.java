package io.redraft.model.noise;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Which tokens of a sample are hidden: token i is, when a hash of (seed of the pass, sample, i)
 * falls below the mask ratio. A pure function: the same whatever batch the sample is in, and a
 * larger ratio only adds masks.
 */
public final class Masks {
  private Masks() {}

  /**
   * Hidden tokens of one sample.
   *
   * @param sample identity of the sample within the data
   * @param ratio probability that a token is hidden, 0 to 1
   * @param passSeed the run's seed and the pass over the data, as one seed
   * @param length tokens in the sample
   */
  public static boolean[] of(long sample, double ratio, long passSeed, int length) {
    var stream = stream(sample, passSeed);
    var masked = new boolean[length];
    for (var i = 0; i < length; i++) {
      masked[i] = CounterHash.unit(CounterHash.bits(stream, i)) < ratio;
    }
    return masked;
  }

  /**
   * A given number of hidden tokens, all in one part of a sample, every choice equally likely.
   *
   * @param stream random stream of the sample, as {@link #stream} has it
   * @param from first place of the part
   * @param to the place behind its last
   * @param count how many of its tokens are hidden
   * @param length tokens in the sample
   */
  public static boolean[] exactly(long stream, int from, int to, int count, int length) {
    var masked = new boolean[length];
    hide(masked, stream, from, to, count);
    return masked;
  }

  /**
   * Hides a given number of tokens of a part of a sample, every choice equally likely.
   *
   * @param masked which tokens of the sample are hidden; those of the part are set
   * @param stream random stream of the sample, as {@link #stream} has it
   * @param from first place of the part
   * @param to the place behind its last
   * @param count how many of its tokens are hidden
   */
  public static void hide(boolean[] masked, long stream, int from, int to, int count) {
    IntStream.range(from, to)
        .boxed()
        .sorted(Comparator.comparingLong(i -> CounterHash.bits(stream, i)))
        .limit(count)
        .forEach(i -> masked[i] = true);
  }

  /** The random stream of one sample in one pass. */
  public static long stream(long sample, long passSeed) {
    return CounterHash.bits(passSeed, sample);
  }
}
