package io.redraft.model.train.curriculum;

import io.redraft.model.InvalidInputException;

/**
 * Neighbouring blocks of the finished network, numbered from its left, the embedding's side.
 *
 * @param from the first, counted from 0
 * @param to the one after the last; equal to {@code from} where there is none
 */
public record BlockSpan(int from, int to) {
  public BlockSpan {
    if (from < 0 || to < from) {
      throw InvalidInputException.of("blocks", from + " to " + to, "0 or more, ascending");
    }
  }

  /** Number of blocks. */
  public int size() {
    return to - from;
  }

  /** Whether a block is one of them. */
  public boolean contains(int block) {
    return block >= from && block < to;
  }

  /** Whether all blocks of the other are among them. */
  public boolean contains(BlockSpan other) {
    return other.size() == 0 || from <= other.from && other.to <= to;
  }
}
