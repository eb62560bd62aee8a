package io.redraft.model.train;

/**
 * Everything that an optimizer step changes, on the host; the arrays have the order of a {@link
 * ParameterLayout}.
 *
 * @param weights float32 master weights
 * @param firstMoment AdamW's m
 * @param secondMoment AdamW's v
 * @param average exponential moving average of the weights; what is evaluated and exported
 * @param updates steps that changed the weights; those with a gradient that was not finite did not
 */
public record OptimizerState(
    float[] weights, float[] firstMoment, float[] secondMoment, float[] average, long updates) {
  /** The state before the first step. */
  public static OptimizerState first(float[] weights) {
    return new OptimizerState(
        weights, new float[weights.length], new float[weights.length], weights.clone(), 0);
  }
}
