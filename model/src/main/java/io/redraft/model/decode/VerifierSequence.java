package io.redraft.model.decode;

import java.util.Arrays;

/**
 * A canvas as a causal model reads it: behind its begin token, if it has one.
 *
 * @param begin the begin token, or -1
 */
public record VerifierSequence(int begin) {
  /** A causal model without a begin token; also where there is no causal model. */
  public static final VerifierSequence NONE = new VerifierSequence(-1);

  /** How many tokens stand before the canvas. */
  int before() {
    return begin < 0 ? 0 : 1;
  }

  /** The first position that has a token before it, so that the model has a say about it. */
  int firstScored() {
    return 1 - before();
  }

  /** The sequence's tokens from index {@code kept} on, up to the canvas position {@code end}. */
  int[] tokens(int[] canvas, int kept, int end) {
    int[] all = new int[before() + end];
    if (begin >= 0) {
      all[0] = begin;
    }
    System.arraycopy(canvas, 0, all, before(), end);
    return Arrays.copyOfRange(all, kept, all.length);
  }

  /** The canvas positions of what a task has drawn or scored. */
  Candidates onCanvas(Candidates of) {
    int[] positions = Arrays.stream(of.positions()).map(p -> p - before()).toArray();
    return new Candidates(positions, of.tokens(), of.confidences(), of.entropies());
  }
}
