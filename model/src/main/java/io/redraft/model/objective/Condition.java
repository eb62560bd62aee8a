package io.redraft.model.objective;

import io.redraft.model.noise.CounterHash;

/**
 * The part of a sample that is given: its first tokens, which are never predicted.
 *
 * @param length number of given tokens; 0 for none
 * @param hidden whether the network sees the mask in their place
 */
public record Condition(int length, boolean hidden) {
  /** Nothing is given. */
  public static final Condition NONE = new Condition(0, false);

  /**
   * The condition of a sample: a pure function of its arguments. Its length is uniform between 1
   * token and half of the sample.
   *
   * @param seed the run's seed and the pass over the data, as one seed
   * @param sample identity of the sample within the data
   * @param tokens tokens of the sample, at least 2
   * @param share probability that there is a condition
   * @param dropout probability that a condition is hidden
   */
  public static Condition of(long seed, long sample, int tokens, double share, double dropout) {
    var stream = CounterHash.bits(seed, sample);
    if (CounterHash.unit(CounterHash.bits(stream, 0)) >= share) {
      return NONE;
    }
    var length = 1 + (int) (CounterHash.unit(CounterHash.bits(stream, 1)) * (tokens / 2));
    return new Condition(length, CounterHash.unit(CounterHash.bits(stream, 2)) < dropout);
  }
}
