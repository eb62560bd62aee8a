package io.redraft.model.objective;

/**
 * A piece of text to learn from.
 *
 * @param id identity within the data; fixes its masks together with the seed of the pass
 * @param passSeed the run's seed and the pass over the data, as one seed
 * @param tokens token ids
 * @param condition the part that is given; shorter than the whole
 * @param block the part that is written, in a sample of which nothing is given otherwise
 */
public record Sample(long id, long passSeed, int[] tokens, Condition condition, Block block) {
  public Sample {
    if (block.end() > tokens.length || !block.none() && condition.length() > 0) {
      throw new IllegalArgumentException("a block past the end, or beside a condition");
    }
    if (condition.length() >= tokens.length) {
      throw new IllegalArgumentException("a condition leaves nothing to predict");
    }
  }

  /** A sample of which nothing is given. */
  public Sample(long id, long passSeed, int[] tokens) {
    this(id, passSeed, tokens, Condition.NONE);
  }

  /** A sample that is masked everywhere but in its condition. */
  public Sample(long id, long passSeed, int[] tokens, Condition condition) {
    this(id, passSeed, tokens, condition, Block.NONE);
  }

  /**
   * The share of the sample that is expected to be masked at a mask ratio, a given part counting as
   * masked only where it is hidden: what a canvas of this kind would show. With a block it is
   * known, whatever the ratio.
   */
  double expectedMasks(double ratio) {
    if (!block.none()) {
      return (double) (tokens.length - block.end() + block.masks()) / tokens.length;
    }
    var hidden = condition.hidden() ? condition.length() : 0;
    return condition.length() == 0 ? ratio : (hidden + ratio * predicted()) / tokens.length;
  }

  /** Number of tokens that may be asked for: all that are not given. */
  int predicted() {
    return tokens.length - condition.length();
  }
}
