package io.redraft.model.noise;

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

  /** The random stream of one sample in one pass. */
  public static long stream(long sample, long passSeed) {
    return CounterHash.bits(passSeed, sample);
  }
}
