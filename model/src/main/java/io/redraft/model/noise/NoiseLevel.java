package io.redraft.model.noise;

/**
 * How noisy a sample is.
 *
 * @param maskRatio probability that a token is masked
 * @param weight what the bound multiplies a masked token's cross-entropy with; 1 where the levels
 *     are not those of a bound
 */
public record NoiseLevel(double maskRatio, double weight) {
  /** The level of continuous time: w(t) = −α′(t) / (1 − α(t)). */
  public static NoiseLevel of(NoiseSchedule schedule, double t) {
    return new NoiseLevel(schedule.maskRatio(t), schedule.weight(t));
  }
}
