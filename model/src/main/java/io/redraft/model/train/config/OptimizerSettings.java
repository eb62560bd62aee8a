package io.redraft.model.train.config;

import java.util.Map;

/**
 * AdamW with warm-up, a schedule, clipping and an exponential moving average of the weights.
 *
 * @param learningRate the highest learning rate
 * @param warmupSteps steps over which the rate rises linearly from 0
 * @param schedule course of the rate after the warm-up
 * @param hold share of all steps during which the rate stays highest before it falls
 * @param finalFraction the rate at the end, as a share of the highest
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled decay of matrices; gains have none
 * @param clip largest global norm of the gradient; 0 clips nothing
 * @param emaDecay largest decay of the moving average, min(this, (1 + s) / (10 + s)) at step s
 */
public record OptimizerSettings(
    double learningRate,
    int warmupSteps,
    Schedule schedule,
    double hold,
    double finalFraction,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double clip,
    double emaDecay) {
  /** Courses of the learning rate. */
  public enum Schedule {
    /** Stays where it is. */
    CONSTANT,
    /** Falls along half a cosine. */
    COSINE,
    /** Falls along a line. */
    LINEAR
  }

  public OptimizerSettings {
    Check.positive("optimizer.learning_rate", learningRate);
    Check.atLeast("optimizer.warmup_steps", warmupSteps, 0);
    Check.share("optimizer.hold", hold);
    Check.fraction("optimizer.final_fraction", finalFraction);
    Check.share("optimizer.beta1", beta1);
    Check.share("optimizer.beta2", beta2);
    Check.positive("optimizer.epsilon", epsilon);
    Check.notNegative("optimizer.weight_decay", weightDecay);
    Check.notNegative("optimizer.clip", clip);
    Check.share("optimizer.ema_decay", emaDecay);
  }

  static OptimizerSettings read(Section section) {
    return new OptimizerSettings(
        section.number("learning_rate", 3e-4),
        section.integer("warmup_steps", 200),
        Check.choice("optimizer.schedule", section.text("schedule", "cosine"), Schedule.values()),
        section.number("hold", 0),
        section.number("final_fraction", 0.05),
        section.number("beta1", 0.9),
        section.number("beta2", 0.99),
        section.number("epsilon", 1e-8),
        section.number("weight_decay", 0.1),
        section.number("clip", 1),
        section.number("ema_decay", 0.9995));
  }

  void write(Map<String, Object> out) {
    out.put("optimizer.learning_rate", learningRate);
    out.put("optimizer.warmup_steps", warmupSteps);
    out.put("optimizer.schedule", Check.key(schedule));
    out.put("optimizer.hold", hold);
    out.put("optimizer.final_fraction", finalFraction);
    out.put("optimizer.beta1", beta1);
    out.put("optimizer.beta2", beta2);
    out.put("optimizer.epsilon", epsilon);
    out.put("optimizer.weight_decay", weightDecay);
    out.put("optimizer.clip", clip);
    out.put("optimizer.ema_decay", emaDecay);
  }

  /** Learning rate of a step counted from 0, in a run of {@code steps} steps. */
  public double learningRate(long step, long steps) {
    if (step < warmupSteps) {
      return learningRate * (step + 1) / warmupSteps;
    }
    var holdUntil = Math.max(warmupSteps, hold * steps);
    if (schedule == Schedule.CONSTANT || step < holdUntil) {
      return learningRate;
    }
    var done = Math.min(1, (step - holdUntil) / Math.max(1, steps - holdUntil));
    var left = schedule == Schedule.COSINE ? (1 + Math.cos(Math.PI * done)) / 2 : 1 - done;
    return learningRate * (finalFraction + (1 - finalFraction) * left);
  }

  /** Decay of the moving average at a step counted from 0. */
  public double emaDecay(long step) {
    return Math.min(emaDecay, (1.0 + step) / (10.0 + step));
  }
}
