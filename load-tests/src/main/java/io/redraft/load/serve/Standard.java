package io.redraft.load.serve;

import io.redraft.load.serve.WayResult.Ratio;

/**
 * Whether texts are as good as those of a reference: generative perplexity and entropy together,
 * since either alone can be had by writing worse.
 *
 * @param perplexity largest difference of the generative perplexity, as a share of the reference's
 * @param entropy largest difference of the entropy of a text's tokens, likewise
 */
record Standard(double perplexity, double entropy) {
  /** Within 3 % of the generative perplexity and 2 % of the entropy. */
  static final Standard USUAL = new Standard(0.03, 0.02);

  /** How texts stand to the reference's. */
  enum Grade {
    /** Neither number differs by more than allowed. */
    EQUAL,
    /** Perplexity is lower by more than that, and entropy is not. */
    NO_WORSE,
    /** Perplexity is higher, or entropy lower, by more than allowed. */
    WORSE
  }

  /** The grade of these ratios; NaN is worse than anything. */
  Grade grade(double perplexityRatio, double entropyRatio) {
    if (!(perplexityRatio <= 1 + perplexity && entropyRatio >= 1 - entropy)) {
      return Grade.WORSE;
    }
    boolean equal = perplexityRatio >= 1 - perplexity && entropyRatio <= 1 + entropy;
    return equal ? Grade.EQUAL : Grade.NO_WORSE;
  }

  /** Whether another grade lies within one standard error of both ratios. */
  boolean certain(Ratio perplexityRatio, Ratio entropyRatio) {
    var grade = grade(perplexityRatio.value(), entropyRatio.value());
    for (int p = -1; p <= 1; p++) {
      for (int e = -1; e <= 1; e++) {
        double shifted = perplexityRatio.value() + p * perplexityRatio.error();
        if (grade(shifted, entropyRatio.value() + e * entropyRatio.error()) != grade) {
          return false;
        }
      }
    }
    return true;
  }
}
