package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;

/** Options that cannot hold together, or not for a canvas; each is refused before anything runs. */
final class OptionRules {
  private OptionRules() {}

  /**
   * Refuses what a canvas does not allow.
   *
   * @param masks writable positions
   * @param pinned positions with fixed text
   * @param causal whether the network writes from left to right
   */
  static void check(DecodeOptions options, int masks, int pinned, boolean causal) {
    double weight = options.guidance().weight();
    if (options.guidance().on() && causal) {
      throw InvalidInputException.of("guidance", weight, "0 (off) for a causal model");
    }
    if (options.guidance().on() && pinned == 0) {
      throw InvalidInputException.of(
          "guidance",
          weight,
          "0 (off) where there is no fixed text, whose influence it strengthens");
    }
  }
}
