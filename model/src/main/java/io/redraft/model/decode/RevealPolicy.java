package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.stream.IntStream;

/**
 * Which candidates a denoising step commits. A policy is a pure function; among equals the lowest
 * position wins.
 */
public sealed interface RevealPolicy {
  /**
   * Chooses among the candidates of a step that is not its block's last.
   *
   * @param candidates what may be committed, at least one
   * @param quota how many the step grid asks for, at least 1; a policy that sets its own pace
   *     ignores it
   * @param seed the request's seed
   * @param step the request's step
   * @return indices into the candidates, ascending, at least one
   */
  int[] choose(Candidates candidates, int quota, long seed, int step);

  /** The most confident first, as many as the step grid asks for (MaskGIT, Chang et al. 2022). */
  record Confidence() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      return Ranking.first(
          Ranking.bestFirst(candidates, i -> certainty(candidates.confidences()[i])), quota);
    }
  }

  /**
   * All that are at least this probable, and always the most probable one (Fast-dLLM, Wu et al.
   * 2025).
   *
   * @param threshold probability in (0, 1]
   */
  record Threshold(double threshold) implements RevealPolicy {
    /** What a request that names no threshold gets. */
    public static final double DEFAULT = 0.9;

    public Threshold {
      if (!(threshold > 0 && threshold <= 1)) {
        throw InvalidInputException.of("threshold", threshold, "more than 0, at most 1");
      }
    }

    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      int[] order = Ranking.bestFirst(candidates, i -> certainty(candidates.confidences()[i]));
      // Compared as float32, so that a candidate of "0.9" reaches a threshold of 0.9.
      float least = (float) threshold;
      int count = 1;
      while (count < order.length && candidates.confidences()[order[count]] >= least) {
        count++;
      }
      return Ranking.first(order, count);
    }
  }

  /**
   * The n most probable for as long as c(n) ≥ 1 − f/(n+1), and always the first: many at once only
   * where all are nearly certain, so that their joint mode is that of the marginals (Fast-dLLM, Wu
   * et al. 2025, theorem 1).
   *
   * @param factor f, more than 0; larger takes more
   */
  record Factor(double factor) implements RevealPolicy {
    /** What a request that names no factor gets. */
    public static final double DEFAULT = 1;

    public Factor {
      if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
        throw InvalidInputException.of("factor", factor, "more than 0");
      }
    }

    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      int[] order = Ranking.bestFirst(candidates, i -> certainty(candidates.confidences()[i]));
      int count = 1;
      while (count < order.length
          && candidates.confidences()[order[count]] >= 1 - factor / (count + 2)) {
        count++;
      }
      return Ranking.first(order, count);
    }
  }

  /**
   * Those with the lowest entropy, while what they could tell about each other is bounded: the sum
   * of their entropies without the largest is at most γ (EB-Sampler, Ben-Hamu et al. 2025). Always
   * the one with the lowest entropy.
   *
   * @param gamma γ in nats, 0 or more; larger takes more
   */
  record Entropy(double gamma) implements RevealPolicy {
    /** What a request that names no γ gets. */
    public static final double DEFAULT = 0.2;

    public Entropy {
      if (!(gamma >= 0 && gamma < Double.POSITIVE_INFINITY)) {
        throw InvalidInputException.of("gamma", gamma, "0 or more");
      }
    }

    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      float[] entropies = candidates.entropies();
      int[] order =
          Ranking.bestFirst(
              candidates, i -> Float.isNaN(entropies[i]) ? Float.NEGATIVE_INFINITY : -entropies[i]);
      // Sorted ascending, the largest taken is always the newcomer.
      int count = 1;
      double others = entropies[order[0]];
      while (count < order.length && others <= gamma) {
        others += entropies[order[count++]];
      }
      return Ranking.first(order, count);
    }
  }

  /**
   * N/T tokens a step, from left to right whatever the confidence: a baseline that reads the model
   * for tokens only. Its pace is uniform on every grid.
   */
  record Linear() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      return IntStream.range(0, Math.min(quota, candidates.size())).toArray();
    }
  }

  /** A random subset, as many as the step grid asks for; equal seeds choose alike. */
  record Random() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, int quota, long seed, int step) {
      return Ranking.first(
          Ranking.bestFirst(
              candidates,
              i -> (float) CounterRandom.uniform(seed, step, candidates.positions()[i])),
          quota);
    }
  }

  /** A confidence that is not a number counts as none, so that it is revealed last. */
  private static float certainty(float confidence) {
    return Float.isNaN(confidence) ? 0 : confidence;
  }
}
