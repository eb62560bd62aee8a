package io.redraft.model.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A piece of one document of the evaluated text.
 *
 * @param tokens its tokens; never the end of a text
 */
public record HeldOutPiece(int[] tokens) {
  /**
   * Pieces spread evenly over a text. Each document is cut into pieces of {@code length} tokens,
   * the last one shorter.
   *
   * @param documents their tokens
   * @param length most tokens of a piece
   * @param least fewest tokens of a piece that is used
   * @param count how many pieces; all of them if there are fewer
   */
  public static List<HeldOutPiece> of(List<int[]> documents, int length, int least, int count) {
    List<HeldOutPiece> all = new ArrayList<>();
    for (int[] document : documents) {
      for (int from = 0; from + least <= document.length; from += length) {
        int to = Math.min(document.length, from + length);
        all.add(new HeldOutPiece(Arrays.copyOfRange(document, from, to)));
      }
    }
    if (all.size() <= count) {
      return all;
    }
    List<HeldOutPiece> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(all.get((int) ((2L * i + 1) * all.size() / (2L * count))));
    }
    return chosen;
  }

  /** Number of tokens. */
  public int length() {
    return tokens.length;
  }
}
