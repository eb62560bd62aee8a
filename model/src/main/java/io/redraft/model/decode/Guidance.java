package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;

/**
 * Classifier-free guidance (Ho and Salimans 2022) without a class: the unconditional pass sees the
 * same canvas with its fixed text masked (LLaDA, Nie et al. 2025). Tokens are drawn from the logits
 * {@code l_u + (w+1)(l − l_u)}, l with and l_u without the fixed text, and confidences are those of
 * that distribution. A step costs two canvases of one forward pass.
 *
 * @param weight w, 0 (off) to 10
 * @param schedule how w changes over the steps
 */
public record Guidance(double weight, GuidanceSchedule schedule) {
  /** No guidance: one canvas a pass. */
  public static final Guidance NONE = new Guidance(0, GuidanceSchedule.CONSTANT);

  private static final double LARGEST = 10;

  public Guidance {
    if (!(weight >= 0 && weight <= LARGEST)) {
      throw InvalidInputException.of("guidance", weight, "0 (off) to 10");
    }
  }

  /** Whether any step is guided. */
  public boolean on() {
    return weight > 0;
  }

  /**
   * The weight that holds now.
   *
   * @param masked share of the writable positions that are masked, in [0, 1]
   */
  public double weightAt(double masked) {
    return weight * schedule.share(masked);
  }
}
