package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;

/**
 * What a causal model does with what the diffusion model has drafted.
 *
 * @param mode whether, and how
 * @param confidence {@link Mode#REPAIR} looks at tokens that were less probable than this when they
 *     were chosen; in (0, 1]
 * @param margin by how many nats the causal model must prefer another token before a span is
 *     rewritten; 0 or more
 * @param rounds how often repaired spans may be looked at again, 1 or more
 */
public record Verification(Mode mode, double confidence, double margin, int rounds) {
  /** No causal model; the numbers are those that a mode has by itself. */
  public static final Verification OFF = new Verification(Mode.OFF, 0.7, 1, 1);

  /** Ways to verify. */
  public enum Mode {
    /** The draft is the text. */
    OFF,
    /** The draft is written to its end; then spans of which the model was not sure are mended. */
    REPAIR,
    /** A few tokens are drafted at a time; the text is the one that the causal model writes. */
    LOSSLESS
  }

  /** How verifying ended, apart from the text. */
  public enum Verdict {
    /** The causal model has seen everything that it was to see. */
    VERIFIED,
    /** It could not be asked: (the rest of) the draft stands as it was. */
    UNAVAILABLE,
    /** It took too long: likewise. */
    LATE
  }

  public Verification {
    if (!(confidence > 0 && confidence <= 1)) {
      throw InvalidInputException.of("repair_confidence", confidence, "more than 0, at most 1");
    }
    if (!(margin >= 0 && margin <= 100)) {
      throw InvalidInputException.of("repair_margin", margin, "0 to 100 nats");
    }
    if (rounds < 1 || rounds > 10) {
      throw InvalidInputException.of("repair_rounds", rounds, "1 to 10");
    }
  }

  /** Whether a causal model is asked at all. */
  public boolean on() {
    return mode != Mode.OFF;
  }

  /** The same numbers in another mode. */
  public Verification withMode(Mode mode) {
    return new Verification(mode, confidence, margin, rounds);
  }
}
