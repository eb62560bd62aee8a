package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The sampling rule written for reading, in float64 and one position at a time; kernels are tested
 * against it. Among equals the lowest token id wins everywhere.
 */
public final class ReferenceSampler {
  /**
   * A token with its probability and the entropy of the distribution it was drawn from, in nats.
   */
  public record Draw(int token, double confidence, double entropy) {}

  private ReferenceSampler() {}

  /**
   * Draws a token.
   *
   * @param logits one a token id; barred tokens hold −∞
   */
  public static Draw draw(double[] logits, Sampling sampling, long seed, int step, int position) {
    int token =
        sampling.greedy()
            ? best(logits)
            : best(noisy(kept(logits, sampling), CounterRandom.key(seed, step, position)));
    return score(logits, token);
  }

  /** Scores a token that already stands. */
  public static Draw score(double[] logits, int token) {
    double[] probabilities = softmax(logits);
    return new Draw(token, probabilities[token], entropy(probabilities));
  }

  /** Logits of classifier-free guidance: {@code u + (w+1)(l − u)}. */
  public static double[] guide(double[] logits, double[] unconditional, double weight) {
    return IntStream.range(0, logits.length)
        .mapToDouble(t -> unconditional[t] + (weight + 1) * (logits[t] - unconditional[t]))
        .toArray();
  }

  /** Logits with the mask, and the barred token of a task's row, made impossible. */
  public static double[] bar(double[] logits, int mask, int barred) {
    double[] result = logits.clone();
    for (int token : new int[] {mask, barred}) {
      if (token >= 0) {
        result[token] = Double.NEGATIVE_INFINITY;
      }
    }
    return result;
  }

  /** Probabilities at temperature 1. */
  public static double[] softmax(double[] logits) {
    double max = Arrays.stream(logits).max().orElseThrow();
    double[] weights = Arrays.stream(logits).map(l -> StrictMath.exp(l - max)).toArray();
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  /** Logits over the temperature; −∞ outside of the top k, then outside of the nucleus p. */
  public static double[] kept(double[] logits, Sampling sampling) {
    double[] scaled = Arrays.stream(logits).map(l -> l / sampling.temperature()).toArray();
    int[] order =
        IntStream.range(0, scaled.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -scaled[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    int count = sampling.topK() == 0 ? order.length : Math.min(sampling.topK(), order.length);
    double[] result = only(scaled, order, count);
    double[] probabilities = softmax(result);
    double mass = 0;
    int nucleus = 0;
    while (nucleus < count && (nucleus == 0 || mass < sampling.topP())) {
      mass += probabilities[order[nucleus++]];
    }
    return only(scaled, order, sampling.topP() == 1 ? count : nucleus);
  }

  private static double[] only(double[] scaled, int[] order, int count) {
    double[] result = new double[scaled.length];
    Arrays.fill(result, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < count; i++) {
      result[order[i]] = scaled[order[i]];
    }
    return result;
  }

  /** Gumbel noise on every logit: the best of these is a draw from their softmax. */
  private static double[] noisy(double[] logits, long key) {
    return IntStream.range(0, logits.length)
        .mapToDouble(t -> logits[t] - Math.log(-Math.log(CounterRandom.uniform(key, t))))
        .toArray();
  }

  private static double entropy(double[] probabilities) {
    return -Arrays.stream(probabilities).filter(p -> p > 0).map(p -> p * Math.log(p)).sum();
  }

  private static int best(double[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }
}
