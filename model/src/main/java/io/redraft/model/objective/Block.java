package io.redraft.model.objective;

import io.redraft.model.noise.CounterHash;

/**
 * The part of a sample that is being written where text is denoised block by block: what stands
 * before it is read, what stands behind it is masked and not asked for.
 *
 * @param from its first place
 * @param length its places; 0 for no block at all
 * @param masks how many of its places are masked, at least 1 and at most all
 */
public record Block(int from, int length, int masks) {
  /** The whole sample is masked at its noise level. */
  public static final Block NONE = new Block(0, 0, 0);

  public Block {
    if (from < 0 || length < 0 || masks > length || length > 0 && masks < 1) {
      throw new IllegalArgumentException(
          "%d masks in a block of %d from %d".formatted(masks, length, from));
    }
  }

  /**
   * The block of a sample: a pure function of its arguments. Its length is uniform from 1 to {@code
   * longest}, its place uniform among those that fit, and the number of its masks uniform from 1 to
   * its length, which is what the bound integrates over.
   *
   * @param seed the run's seed and the pass over the data, as one seed
   * @param sample identity of the sample within the data
   * @param tokens tokens of the sample
   * @param share probability that there is a block
   * @param longest longest block, at most {@code tokens}
   */
  public static Block of(long seed, long sample, int tokens, double share, int longest) {
    var stream = CounterHash.bits(seed, sample);
    if (CounterHash.unit(CounterHash.bits(stream, 0)) >= share) {
      return NONE;
    }
    var length = 1 + below(longest, CounterHash.bits(stream, 1));
    var from = below(tokens - length + 1, CounterHash.bits(stream, 2));
    return new Block(from, length, 1 + below(length, CounterHash.bits(stream, 3)));
  }

  /** Whether there is none. */
  public boolean none() {
    return length == 0;
  }

  /** The place behind its last. */
  public int end() {
    return from + length;
  }

  private static int below(int count, long bits) {
    return (int) (CounterHash.unit(bits) * count);
  }
}
