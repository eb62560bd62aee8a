package io.redraft.model.objective;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.Masks;
import io.redraft.model.noise.NoiseSchedule;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The quantities that can be minimised; each is a way to make a batch of samples into questions.
 */
public enum Objective {
  /**
   * The continuous-time negative evidence lower bound of masked diffusion in nats per token: E_t
   * Σ_masked w(t) · CE / N, where N counts <em>all</em> tokens, masked or not (Sahoo et al. 2024,
   * eq. 10). Visible tokens are copied and cost nothing, the mask itself is never predicted (SUBS).
   */
  NELBO {
    @Override
    public TokenBatch ask(List<Sample> samples, double[] times, NoiseSchedule schedule, int mask) {
      var tokens = (double) samples.size() * length(samples);
      return corrupt(samples, times, schedule, mask, (t, masked) -> schedule.weight(t) / tokens);
    }
  },
  /**
   * Cross-entropy averaged over the masked positions of the batch. It is not a bound on the
   * likelihood and must not be reported as one.
   */
  MASKED_MEAN {
    @Override
    public TokenBatch ask(List<Sample> samples, double[] times, NoiseSchedule schedule, int mask) {
      return corrupt(samples, times, schedule, mask, (t, masked) -> 1.0 / masked);
    }
  },
  /** Cross-entropy of every next token, averaged: the exact loss of a causal network. */
  CAUSAL {
    @Override
    public TokenBatch ask(List<Sample> samples, double[] times, NoiseSchedule schedule, int mask) {
      var length = length(samples);
      var asked = samples.size() * (length - 1);
      var inputs = new int[samples.size() * length];
      var rows = new int[asked];
      var targets = new int[asked];
      var weights = new float[asked];
      Arrays.fill(weights, (float) (1.0 / asked));
      var n = 0;
      for (var b = 0; b < samples.size(); b++) {
        var tokens = samples.get(b).tokens();
        System.arraycopy(tokens, 0, inputs, b * length, length);
        for (var i = 0; i + 1 < length; i++) {
          rows[n] = b * length + i;
          targets[n++] = tokens[i + 1];
        }
      }
      return new TokenBatch(samples.size(), length, inputs, rows, targets, weights);
    }
  };

  /** Weight of a masked token, from its sample's time and the number of masked tokens in all. */
  private interface Weighting {
    double of(double t, int masked);
  }

  /**
   * Makes a batch of questions. The result depends on nothing but its arguments.
   *
   * @param samples sequences of equal length
   * @param times one time a sample, in (0, 1]; not read where nothing is masked
   * @param schedule how much is masked at a time
   * @param mask id of the mask token; not read where nothing is masked
   */
  public abstract TokenBatch ask(
      List<Sample> samples, double[] times, NoiseSchedule schedule, int mask);

  /** The name that configurations use, as {@code masked-mean}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The objective of that name; {@code field} names the setting it came from. */
  public static Objective of(String field, String key) {
    return Arrays.stream(values())
        .filter(o -> o.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                InvalidInputException.of(
                    field,
                    key,
                    Arrays.stream(values()).map(Objective::key).collect(Collectors.joining(", "))));
  }

  private static int length(List<Sample> samples) {
    var length = samples.get(0).tokens().length;
    for (var sample : samples) {
      if (sample.tokens().length != length) {
        throw new IllegalArgumentException("samples of different lengths in one batch");
      }
    }
    return length;
  }

  private static TokenBatch corrupt(
      List<Sample> samples, double[] times, NoiseSchedule schedule, int mask, Weighting weighting) {
    var length = length(samples);
    var inputs = new int[samples.size() * length];
    var rows = new int[inputs.length];
    var targets = new int[inputs.length];
    var masked = 0;
    for (var b = 0; b < samples.size(); b++) {
      var sample = samples.get(b);
      var hidden = Masks.of(sample.id(), schedule.maskRatio(times[b]), sample.passSeed(), length);
      for (var i = 0; i < length; i++) {
        var place = b * length + i;
        inputs[place] = hidden[i] ? mask : sample.tokens()[i];
        if (hidden[i]) {
          rows[masked] = place;
          targets[masked++] = sample.tokens()[i];
        }
      }
    }
    var weights = new float[masked];
    for (var n = 0; n < masked; n++) {
      weights[n] = (float) weighting.of(times[rows[n] / length], masked);
    }
    return new TokenBatch(
        samples.size(),
        length,
        inputs,
        Arrays.copyOf(rows, masked),
        Arrays.copyOf(targets, masked),
        weights);
  }
}
