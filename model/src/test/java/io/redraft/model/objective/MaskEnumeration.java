package io.redraft.model.objective;

import io.redraft.model.noise.CounterHash;
import java.util.Arrays;

/**
 * A stand-in for a network, and what it loses under every mask of a short text: an expectation over
 * masks is then a finite sum, or a polynomial in the mask ratio that is integrated exactly.
 */
final class MaskEnumeration {
  static final int MASK = 7;

  /** Σ CE at masked places over all masks of k places, by k. */
  private final double[] totals;

  private final int tokens;

  private MaskEnumeration(double[] totals) {
    this.totals = totals;
    this.tokens = totals.length - 1;
  }

  /** The cross-entropy at a place, which depends on everything that is read. */
  static double crossEntropy(int[] inputs, int place, int target) {
    var state = 17L + target;
    for (var i = 0; i < inputs.length; i++) {
      state = CounterHash.bits(state, inputs[i] + 31L * i, place);
    }
    return 0.5 + CounterHash.unit(state);
  }

  /** Σ weight · CE of a batch. */
  static double loss(TokenBatch batch) {
    var sum = 0.0;
    for (var n = 0; n < batch.size(); n++) {
      var from = batch.rows()[n] / batch.length() * batch.length();
      var inputs = Arrays.copyOfRange(batch.inputs(), from, from + batch.length());
      sum += batch.weights()[n] * crossEntropy(inputs, batch.rows()[n] - from, batch.targets()[n]);
    }
    return sum;
  }

  /** Every mask of a text after its first {@code given} tokens, which are read or hidden. */
  static MaskEnumeration of(int[] text, int given, boolean hidden) {
    var free = text.length - given;
    var totals = new double[free + 1];
    for (var set = 0; set < 1 << free; set++) {
      var inputs = text.clone();
      for (var i = 0; i < text.length; i++) {
        if (i < given ? hidden : (set >> (i - given) & 1) == 1) {
          inputs[i] = MASK;
        }
      }
      for (var i = given; i < text.length; i++) {
        if ((set >> (i - given) & 1) == 1) {
          totals[Integer.bitCount(set)] += crossEntropy(inputs, i, text[i]);
        }
      }
    }
    return new MaskEnumeration(totals);
  }

  /** E Σ_masked CE where each token is masked with probability {@code ratio}. */
  double sum(double ratio) {
    var sum = 0.0;
    for (var k = 1; k <= tokens; k++) {
      sum += totals[k] * Math.pow(ratio, k) * Math.pow(1 - ratio, tokens - k);
    }
    return sum;
  }

  /** E (Σ_masked CE / number of masked tokens), 0 where none is. */
  double mean(double ratio) {
    var sum = 0.0;
    for (var k = 1; k <= tokens; k++) {
      sum += totals[k] / k * Math.pow(ratio, k) * Math.pow(1 - ratio, tokens - k);
    }
    return sum;
  }

  /**
   * The bound in nats per token between two mask ratios: with r = 1 − α(t), ∫ −α′/(1 − α) E Σ CE dt
   * / n is Σ_k totals[k] ∫ r^(k−1) (1 − r)^(n−k) dr / n, whatever the schedule.
   */
  double bound(double from, double to) {
    var sum = 0.0;
    for (var k = 1; k <= tokens; k++) {
      sum += totals[k] * (primitive(k, to) - primitive(k, from));
    }
    return sum / tokens;
  }

  /** ∫ r^(k−1) (1 − r)^(n−k) dr from 0, by the binomial expansion of its second factor. */
  private double primitive(int k, double r) {
    var sum = 0.0;
    var binomial = 1.0;
    for (var j = 0; j <= tokens - k; j++) {
      sum += (j % 2 == 0 ? 1 : -1) * binomial * Math.pow(r, k + j) / (k + j);
      binomial = binomial * (tokens - k - j) / (j + 1);
    }
    return sum;
  }
}
