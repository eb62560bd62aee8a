package io.redraft.model.evaluate;

import io.redraft.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Words of a piece of text to be pinned at their places: the piece is divided into equal parts, and
 * the longest word that lies within a part is its keyword. Words are what stands between white
 * space, without tokens at their ends that hold no letter; one that takes more than half of a part
 * is passed over, and so are the piece's first and last, which may be cut.
 */
final class Keywords {
  /**
   * A word's place.
   *
   * @param from its first token
   * @param to the token behind its last
   * @param bytes its length in UTF-8
   */
  record Place(int from, int to, int bytes) {}

  private Keywords() {}

  /** The keywords of a piece in their order, at most one for each of {@code wanted} parts. */
  static List<Place> of(int[] tokens, int wanted, Tokenizer tokenizer) {
    int count = Math.min(wanted, tokens.length);
    List<Place> words = words(tokens, tokenizer);
    List<Place> chosen = new ArrayList<>();
    for (int part = 0; part < count; part++) {
      int from = part * tokens.length / count;
      int to = (part + 1) * tokens.length / count;
      Place best = null;
      for (Place word : words) {
        boolean fits = word.from() >= from && word.to() <= to;
        boolean small = 2 * (word.to() - word.from()) <= to - from;
        if (fits && small && (best == null || word.bytes() > best.bytes())) {
          best = word;
        }
      }
      if (best != null) {
        chosen.add(best);
      }
    }
    return chosen;
  }

  /** Which positions of a piece the keywords take. */
  static boolean[] positions(List<Place> keywords, int length) {
    boolean[] taken = new boolean[length];
    for (Place word : keywords) {
      for (int p = word.from(); p < word.to(); p++) {
        taken[p] = true;
      }
    }
    return taken;
  }

  private static List<Place> words(int[] tokens, Tokenizer tokenizer) {
    byte[][] pieces = new byte[tokens.length][];
    for (int p = 0; p < tokens.length; p++) {
      pieces[p] = tokenizer.piece(tokens[p]);
    }
    List<Place> words = new ArrayList<>();
    for (int from = next(pieces, 0); from < tokens.length; ) {
      int to = next(pieces, from);
      if (to < tokens.length) {
        addTrimmed(pieces, from, to, words);
      }
      from = to;
    }
    return words;
  }

  /** Where the next word begins. */
  private static int next(byte[][] pieces, int at) {
    int p = at + 1;
    while (p < pieces.length && !(begins(pieces[p]) || ends(pieces[p - 1]))) {
      p++;
    }
    return p;
  }

  private static void addTrimmed(byte[][] pieces, int from, int to, List<Place> words) {
    int first = from;
    int last = to;
    while (first < last && letters(pieces[first]) == 0) {
      first++;
    }
    while (last > first && letters(pieces[last - 1]) == 0) {
      last--;
    }
    int bytes = 0;
    for (int p = first; p < last; p++) {
      bytes += letters(pieces[p]);
    }
    if (bytes > 0) {
      words.add(new Place(first, last, bytes));
    }
  }

  private static boolean begins(byte[] piece) {
    return piece.length > 0 && Character.isWhitespace(piece[0]);
  }

  private static boolean ends(byte[] piece) {
    return piece.length > 0 && Character.isWhitespace(piece[piece.length - 1]);
  }

  /** Bytes of ASCII letters and of all characters beyond ASCII. */
  private static int letters(byte[] piece) {
    int letters = 0;
    for (byte b : piece) {
      letters += b < 0 || Character.isLetter(b) ? 1 : 0;
    }
    return letters;
  }
}
