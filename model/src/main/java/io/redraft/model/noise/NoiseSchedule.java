package io.redraft.model.noise;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How masking grows with time: at t in (0, 1] every token is masked with probability 1 − α(t), each
 * on its own. The weight w(t) = −α′(t) / (1 − α(t)) is what the continuous-time bound multiplies a
 * masked token's cross-entropy with (Sahoo et al. 2024, "Simple and Effective Masked Diffusion
 * Language Models", eq. 10).
 */
public enum NoiseSchedule {
  /**
   * MDLM's log-linear schedule, α(t) = 1 − (1 − ε)t with ε = 10⁻³. The mask ratio is linear in t,
   * and the weight is 1/t exactly.
   */
  LOG_LINEAR {
    @Override
    public double maskRatio(double t) {
      return (1 - EPSILON) * t;
    }

    @Override
    public double weight(double t) {
      return 1 / t;
    }
  },
  /** α(t) = 1 − t: the mask ratio is t, the weight 1/t. */
  LINEAR {
    @Override
    public double maskRatio(double t) {
      return t;
    }

    @Override
    public double weight(double t) {
      return 1 / t;
    }
  },
  /** α(t) = cos(πt/2): few masks for long, most of them near the end. */
  COSINE {
    @Override
    public double maskRatio(double t) {
      // 1 − cos x as 2 sin²(x/2): no cancellation where t is small.
      var half = Math.sin(Math.PI * t / 4);
      return 2 * half * half;
    }

    @Override
    public double weight(double t) {
      return Math.PI / 2 / Math.tan(Math.PI * t / 4);
    }
  },
  /** α(t) = (1 − t)²: many masks early. Some texts call this one log-linear; it is not MDLM's. */
  QUADRATIC {
    @Override
    public double maskRatio(double t) {
      return t * (2 - t);
    }

    @Override
    public double weight(double t) {
      return 2 * (1 - t) / (t * (2 - t));
    }
  };

  /** ε of {@link #LOG_LINEAR}: at t = 1 a token survives with this probability. */
  public static final double EPSILON = 1e-3;

  /** 1 − α(t), the probability that a token is masked at time t. */
  public abstract double maskRatio(double t);

  /** w(t) = −α′(t) / (1 − α(t)), for t more than 0. */
  public abstract double weight(double t);

  /** The name that configurations use, as {@code log-linear}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The schedule of that name; {@code field} names the setting it came from. */
  public static NoiseSchedule of(String field, String key) {
    return Arrays.stream(values())
        .filter(s -> s.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                InvalidInputException.of(
                    field,
                    key,
                    Arrays.stream(values())
                        .map(NoiseSchedule::key)
                        .collect(Collectors.joining(", "))));
  }
}
