package io.redraft.model.decode;

import java.util.Arrays;

/**
 * For how many steps in a row the same token has been proposed at every masked position of the
 * active block: what {@link DecodeOptions#patience} goes by. Empty where a request has none.
 *
 * @param tokens the token proposed last at each position of the canvas, or -1; length T or 0
 * @param steps for how many steps in a row, 0 where there is none; as long
 */
public record Standing(int[] tokens, int[] steps) {
  /** Nothing, for a request without patience. */
  static final Standing NONE = new Standing(new int[0], new int[0]);

  public Standing {
    tokens = tokens.clone();
    steps = steps.clone();
    if (tokens.length != steps.length) {
      throw new IllegalArgumentException("arrays of different lengths");
    }
  }

  /** Before anything was proposed for a plan. */
  static Standing before(DecodePlan plan) {
    return plan.options().patience().isPresent() ? start(plan.length()) : NONE;
  }

  /** Before anything was proposed on a canvas of this length. */
  static Standing start(int length) {
    int[] tokens = new int[length];
    Arrays.fill(tokens, -1);
    return new Standing(tokens, new int[length]);
  }

  @Override
  public int[] tokens() {
    return tokens.clone();
  }

  @Override
  public int[] steps() {
    return steps.clone();
  }

  /** With one more step; a position without a proposal begins anew. */
  Standing with(Candidates proposed) {
    if (tokens.length == 0) {
      return this;
    }
    var next = start(tokens.length);
    for (int i = 0; i < proposed.size(); i++) {
      int position = proposed.positions()[i];
      int token = proposed.tokens()[i];
      next.tokens[position] = token;
      next.steps[position] = tokens[position] == token ? steps[position] + 1 : 1;
    }
    return next;
  }

  /** Only these positions; all others begin anew. */
  Standing only(int[] positions) {
    if (tokens.length == 0) {
      return this;
    }
    var next = start(tokens.length);
    for (int position : positions) {
      next.tokens[position] = tokens[position];
      next.steps[position] = steps[position];
    }
    return next;
  }

  /** For how many steps in a row a position's proposal has been the same. */
  int at(int position) {
    return steps[position];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Standing standing
        && Arrays.equals(tokens, standing.tokens)
        && Arrays.equals(steps, standing.steps);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(tokens) + Arrays.hashCode(steps);
  }

  @Override
  public String toString() {
    return "Standing[tokens=%s, steps=%s]"
        .formatted(Arrays.toString(tokens), Arrays.toString(steps));
  }
}
