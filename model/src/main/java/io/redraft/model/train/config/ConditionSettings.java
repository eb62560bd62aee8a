package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.objective.Condition;
import java.util.Map;

/**
 * Which samples have a beginning that is given, for models that are asked with a prompt and with
 * classifier-free guidance.
 *
 * @param share share of the samples that have a {@link Condition}
 * @param dropout probability that a condition is hidden
 */
public record ConditionSettings(double share, double dropout) {
  /** Nothing is ever given. */
  public static final ConditionSettings NONE = new ConditionSettings(0, 0);

  public ConditionSettings {
    Check.fraction("objective.condition", share);
    Check.fraction("objective.condition_dropout", dropout);
    if (share == 0 && dropout > 0) {
      throw InvalidInputException.of(
          "objective.condition_dropout", dropout, "0, where objective.condition is 0");
    }
  }

  static ConditionSettings read(Section section) {
    return new ConditionSettings(
        section.number("condition", 0), section.number("condition_dropout", 0));
  }

  void write(Map<String, Object> out) {
    out.put("objective.condition", share);
    out.put("objective.condition_dropout", dropout);
  }

  /** The condition of a sample of that many tokens, as {@link Condition#of} tells. */
  public Condition of(long seed, long sample, int tokens) {
    return Condition.of(seed, sample, tokens, share, dropout);
  }
}
