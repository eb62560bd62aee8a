package io.redraft.model.decode;

import java.util.Arrays;

/** A run of a canvas: text that stays, or masks to be written. */
public sealed interface Segment {
  /** Pinned tokens; they never change. */
  record Fixed(int[] tokens) implements Segment {
    public Fixed {
      tokens = tokens.clone();
    }

    @Override
    public int[] tokens() {
      return tokens.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Fixed fixed && Arrays.equals(tokens, fixed.tokens);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(tokens);
    }

    @Override
    public String toString() {
      return "Fixed" + Arrays.toString(tokens);
    }
  }

  /**
   * Masks.
   *
   * @param count how many, at least 1; 0 in the last segment: as many as the context still holds
   */
  record Masked(int count) implements Segment {}
}
