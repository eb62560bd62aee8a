package io.redraft.model.decode;

import java.util.stream.IntStream;

/**
 * What an edit did. Carrying out {@code splice} on the canvas, cutting it to the state's length,
 * masking every {@code reopened} position and writing the state's token at every {@code changed}
 * one gives the state's canvas. What is cut off are masks behind the end of text.
 *
 * @param state where the canvas stands now
 * @param splice how positions moved
 * @param from first position that the edit named, on the canvas before it
 * @param length how many it named
 * @param reopened positions that held a token and are masked now, ascending
 * @param changed positions that hold another token now, ascending
 * @param pinned positions that are fixed from now on, ascending
 */
public record Edited(
    DecodeState state,
    Splice splice,
    int from,
    int length,
    int[] reopened,
    int[] changed,
    int[] pinned) {

  /**
   * Candidates of a pass that did not know of this edit, for the canvas after it: at positions that
   * the edit names or re-opens there are none, all others move with what stands there.
   */
  public Candidates moved(Candidates candidates) {
    int[] kept =
        IntStream.range(0, candidates.size())
            .filter(i -> survives(candidates.positions()[i]))
            .toArray();
    var left = candidates.only(kept);
    for (int i = 0; i < left.size(); i++) {
      left.positions()[i] = splice.move(left.positions()[i]);
    }
    return left;
  }

  private boolean survives(int position) {
    int now = splice.move(position);
    boolean named = position >= from && position < from + length;
    return !named
        && now >= 0
        && now < state.plan().length()
        && IntStream.of(reopened).noneMatch(p -> p == now);
  }
}
