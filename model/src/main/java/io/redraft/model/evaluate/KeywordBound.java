package io.redraft.model.evaluate;

import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.Masks;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.TokenBatch;
import java.util.Arrays;

/**
 * The bound of a piece's other tokens with its keywords always seen, and with them never seen: the
 * negative evidence lower bound of −ln p(rest | keywords) and of −ln p(rest), for a network that
 * predicts in any order. The masks of the rest are the same both times; the difference is what the
 * network takes from the keywords.
 */
final class KeywordBound {
  private static final int BATCH = 32;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.LOG_LINEAR;

  private final ModelUnderTest model;
  private final int masks;
  private final long seed;

  /**
   * A bound.
   *
   * @param masks masks a piece, their times stratified within it
   * @param seed fixes times and masks
   */
  KeywordBound(ModelUnderTest model, int masks, long seed) {
    this.model = model;
    this.masks = masks;
    this.seed = seed;
  }

  /**
   * Σ w · CE over a piece's other tokens in nats, mean over the masks.
   *
   * @param id the piece's identity; fixes its masks
   * @param pinned where the keywords are
   * @param seen whether the network reads the keywords rather than masks in their places
   */
  double of(long id, int[] tokens, boolean[] pinned, boolean seen) {
    double u = CounterHash.unit(CounterHash.bits(CounterHash.derive(seed, "times"), id));
    double[] times = StratifiedTimes.of(u, masks);
    double nats = 0;
    for (int from = 0; from < masks; from += BATCH) {
      double[] some = Arrays.copyOfRange(times, from, Math.min(masks, from + BATCH));
      TokenBatch batch = ask(id, from, tokens, pinned, seen, some);
      float[] losses = model.scorer().crossEntropy(batch);
      for (int n = 0; n < losses.length; n++) {
        nats += (double) batch.weights()[n] * losses[n];
      }
    }
    return nats / masks;
  }

  private TokenBatch ask(
      long id, int first, int[] tokens, boolean[] pinned, boolean seen, double[] times) {
    long places = CounterHash.derive(seed, "masks");
    int mask = model.network().maskToken();
    int length = tokens.length;
    int[] inputs = new int[times.length * length];
    int[] rows = new int[inputs.length];
    int[] targets = new int[inputs.length];
    float[] weights = new float[inputs.length];
    int n = 0;
    for (int b = 0; b < times.length; b++) {
      long pass = CounterHash.bits(places, first + b);
      boolean[] masked = Masks.of(id, SCHEDULE.maskRatio(times[b]), pass, length);
      for (int p = 0; p < length; p++) {
        boolean hidden = pinned[p] ? !seen : masked[p];
        inputs[b * length + p] = hidden ? mask : tokens[p];
        if (!pinned[p] && masked[p]) {
          rows[n] = b * length + p;
          targets[n] = tokens[p];
          weights[n++] = (float) SCHEDULE.weight(times[b]);
        }
      }
    }
    return new TokenBatch(
        times.length,
        length,
        inputs,
        Arrays.copyOf(rows, n),
        Arrays.copyOf(targets, n),
        Arrays.copyOf(weights, n));
  }
}
