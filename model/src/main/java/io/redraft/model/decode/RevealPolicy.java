package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.Locale;
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
   * @param pace what the step grid asks for; a policy that sets its own pace ignores it
   * @param seed the request's seed
   * @param step the request's step
   * @return indices into the candidates, ascending, at least one ({@link Ancestral}: or none)
   */
  int[] choose(Candidates candidates, Pace pace, long seed, int step);

  /** The most confident first, as many as the step grid asks for (MaskGIT, Chang et al. 2022). */
  record Confidence() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
      return Ranking.first(
          Ranking.bestFirst(candidates, i -> certainty(candidates.confidences()[i])), pace.quota());
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
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
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
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
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
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
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
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
      return IntStream.range(0, Math.min(pace.quota(), candidates.size())).toArray();
    }
  }

  /** A random subset, as many as the step grid asks for; equal seeds choose alike. */
  record Random() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
      return Ranking.first(
          Ranking.bestFirst(
              candidates,
              i -> (float) CounterRandom.uniform(seed, step, candidates.positions()[i])),
          pace.quota());
    }
  }

  /**
   * The reverse process of masked diffusion itself (ancestral sampling; MDLM, Sahoo et al. 2024):
   * in the step from t to s every mask stays one with probability {@code (1−α(s))/(1−α(t))}, on its
   * own and whatever is proposed there. 1−α is the grid's share of masks, so that n steps of the
   * uniform grid are those of a linear or log-linear schedule. Steps that reveal nothing need no
   * forward pass and take none.
   */
  record Ancestral() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
      return IntStream.range(0, candidates.size())
          .filter(i -> reveals(candidates.positions()[i], pace, seed, step))
          .toArray();
    }

    /** Whether a mask becomes a token in this step. */
    boolean reveals(int position, Pace pace, long seed, int step) {
      return CounterRandom.uniform(seed, step, position) > pace.after() / pace.before();
    }
  }

  /**
   * The same process in continuous time, without a step that reveals nothing (first-hitting
   * sampler, Zheng et al. 2024): the next mask falls at {@code t ← t·u^(1/n)}, n masks being left,
   * and it is each of them equally likely. That is the largest of n independent times below t, so
   * every position has its time, a draw of its own, and they fall in descending order: one a step,
   * or, where a block has fewer steps than masks, all that fall within one step of the grid.
   */
  record FirstHitting() implements RevealPolicy {
    @Override
    public int[] choose(Candidates candidates, Pace pace, long seed, int step) {
      int[] positions = candidates.positions();
      int first = 0;
      for (int i = 1; i < positions.length; i++) {
        first = time(seed, positions[i]) > time(seed, positions[first]) ? i : first;
      }
      if (pace.steps() >= pace.masks()) {
        return new int[] {first};
      }
      double until = until(time(seed, positions[first]), pace);
      return IntStream.range(0, positions.length)
          .filter(i -> time(seed, positions[i]) >= until)
          .toArray();
    }

    /**
     * When a position's mask falls, in (0, 1): time runs from 1, all masked, to 0, and is the
     * expected share of masks that are left.
     */
    static double time(long seed, int position) {
      return CounterRandom.uniform(seed, CounterRandom.NO_STEP, position);
    }

    /** The end of the grid's step in which a time lies. */
    private static double until(double time, Pace pace) {
      int k = 1;
      while (pace.grid().share(pace.steps(), k) > time) {
        k++;
      }
      return pace.grid().share(pace.steps(), k);
    }
  }

  /** The name that users choose it by. */
  default String key() {
    return this instanceof FirstHitting
        ? "first-hitting"
        : getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether the policy samples from the diffusion: what it reveals does not depend on the model.
   */
  default boolean samplesDiffusion() {
    return this instanceof Ancestral || this instanceof FirstHitting;
  }

  /** A confidence that is not a number counts as none, so that it is revealed last. */
  private static float certainty(float confidence) {
    return Float.isNaN(confidence) ? 0 : confidence;
  }
}
