package io.redraft.actors.serving;

import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.DenoiseTask;

/** One session's share of one forward pass. Work of one {@link #shape} may go in one batch. */
public sealed interface Work {
  /** Tokens that every forward pass over this work computes; work of equal shape batches. */
  int shape();

  /** How many canvases or sequences of that shape a forward pass computes for it. */
  default int rows() {
    return 1;
  }

  /** A canvas to be read at its masked rows. */
  record Denoise(DenoiseTask task) implements Work {
    @Override
    public int shape() {
      return task.canvas().length;
    }

    @Override
    public int rows() {
      return task.canvases();
    }
  }

  /**
   * Tokens to be appended to a cached sequence.
   *
   * @param whole whether these are all of the sequence's tokens, so that no earlier cache is needed
   */
  record Extend(ExtendTask task, boolean whole) implements Work {
    @Override
    public int shape() {
      return task.tokens().length;
    }
  }
}
