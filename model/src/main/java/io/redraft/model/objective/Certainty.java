package io.redraft.model.objective;

import io.redraft.model.InvalidInputException;

/**
 * What a denoiser is taught beside being right: to be sure where it is. Where the right token is
 * the most probable one already, the entropy of softmax(z / temperature) is minimised, too, with
 * the weight that the row's cross-entropy has times {@code weight}; elsewhere it is left alone. So
 * more tokens are sure at a time, and fewer passes write a text (certainty-forcing distillation of
 * dParallel, Chen et al. 2025). Not part of the reported loss, which stays what the objective says.
 *
 * @param weight 0 for none, else above 0
 * @param temperature above 0; below 1 it asks less of a token that is nearly sure
 */
public record Certainty(double weight, double temperature) {
  /** The temperature where none is given. */
  public static final double TEMPERATURE = 0.5;

  /** The objective alone. */
  public static final Certainty NONE = new Certainty(0, TEMPERATURE);

  public Certainty {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw InvalidInputException.of("objective.certainty", weight, "0 or more");
    }
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw InvalidInputException.of("objective.certainty_temperature", temperature, "more than 0");
    }
  }
}
