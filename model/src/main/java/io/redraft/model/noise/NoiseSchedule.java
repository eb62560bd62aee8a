package io.redraft.model.noise;

import io.redraft.model.Choice;

/**
 * How masking grows with time: at t in (0, 1] every token is masked with probability 1 − α(t), each
 * on its own. The weight w(t) = −α′(t) / (1 − α(t)) is what the continuous-time bound multiplies a
 * masked token's cross-entropy with (Sahoo et al. 2024, "Simple and Effective Masked Diffusion
 * Language Models", eq. 10).
 *
 * <p>The weight grows without bound as t falls, but a token is masked just as rarely: w(t)(1 −
 * α(t)) = −α′(t) is at most 1 (log-linear, linear), π/2 (cosine) or 2 (quadratic).
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

    @Override
    public double time(double maskRatio) {
      return maskRatio / (1 - EPSILON);
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

    @Override
    public double time(double maskRatio) {
      return maskRatio;
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

    @Override
    public double time(double maskRatio) {
      return 4 / Math.PI * Math.asin(Math.sqrt(maskRatio / 2));
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

    @Override
    public double time(double maskRatio) {
      return 1 - Math.sqrt(1 - maskRatio);
    }
  };

  /** ε of {@link #LOG_LINEAR}: at t = 1 a token survives with this probability. */
  public static final double EPSILON = 1e-3;

  /** 1 − α(t), the probability that a token is masked at time t. */
  public abstract double maskRatio(double t);

  /** w(t) = −α′(t) / (1 − α(t)), for t more than 0. */
  public abstract double weight(double t);

  /** The time at which a token is masked with a probability, 0 to that of t = 1: its inverse. */
  public abstract double time(double maskRatio);

  /** The name that configurations use, as {@code log-linear}. */
  public String key() {
    return Choice.key(this);
  }
}
