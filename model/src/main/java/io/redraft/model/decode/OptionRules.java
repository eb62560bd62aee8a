package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.OptionalDouble;

/** Options that cannot hold together, or not for a canvas; each is refused before anything runs. */
final class OptionRules {
  /** More steps than this a block are no other distribution, just more time. */
  private static final int MOST_STEPS = 10_000;

  private OptionRules() {}

  /** Refuses options that contradict each other. */
  static void check(DecodeOptions options) {
    var policy = options.policy();
    if (policy.samplesDiffusion()) {
      var only = "only with a policy that goes by the model's confidence, not " + policy.key();
      refuse(options.remask(), "remask", only);
      refuse(options.confidenceStop(), "confidence_stop", only);
    }
    if (policy instanceof RevealPolicy.Ancestral && options.steps().orElse(1) > MOST_STEPS) {
      throw InvalidInputException.of(
          "steps", options.steps().getAsInt(), "1 to " + MOST_STEPS + " with the policy ancestral");
    }
  }

  private static void refuse(OptionalDouble value, String field, String allowed) {
    if (value.isPresent()) {
      throw InvalidInputException.of(field, value.getAsDouble(), allowed);
    }
  }

  /** The options less those that contradict their policy. */
  static DecodeOptions fitting(DecodeOptions options) {
    if (!options.policy().samplesDiffusion()) {
      return options;
    }
    return new DecodeOptions(
        options.policy(),
        options.steps(),
        options.block(),
        options.grid(),
        options.sampling(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        options.guidance());
  }

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
