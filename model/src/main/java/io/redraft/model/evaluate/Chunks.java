package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A text cut into pieces that a network can read. */
final class Chunks {
  private Chunks() {}

  /** Pieces of {@code length} tokens, each with the {@code overlap} tokens that follow it. */
  static List<int[]> of(int[] tokens, int length, int overlap) {
    List<int[]> chunks = new ArrayList<>();
    for (var from = 0; from + overlap < tokens.length; from += length) {
      chunks.add(
          Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + length + overlap)));
    }
    return chunks;
  }

  /** Whether a chunk cannot share a batch with the one before it. */
  static boolean shorter(List<int[]> chunks, int i) {
    return i > 0 && chunks.get(i).length != chunks.get(i - 1).length;
  }
}
