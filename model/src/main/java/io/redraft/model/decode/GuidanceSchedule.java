package io.redraft.model.decode;

/** How the weight of classifier-free guidance changes while the masks of a canvas become fewer. */
public enum GuidanceSchedule {
  /**
   * The same weight at every step (Ho and Salimans 2022; over masked tokens LLaDA, Nie et al.
   * 2025).
   */
  CONSTANT,
  /**
   * From 0, while all is masked, to the whole weight: free in what is decided first, which most of
   * the rest follows from (Muse, Chang et al. 2023; growing weights come out best in Wang et al.
   * 2024).
   */
  LINEAR_UP,
  /**
   * From the whole weight, while all is masked, to 0: the prompt counts most for what comes first.
   */
  LINEAR_DOWN;

  /**
   * The share of the weight that holds now.
   *
   * @param masked share of the writable positions that are masked, in [0, 1]
   */
  public double share(double masked) {
    return switch (this) {
      case CONSTANT -> 1;
      case LINEAR_UP -> 1 - masked;
      case LINEAR_DOWN -> masked;
    };
  }
}
