package io.redraft.model.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Joins the bytes of tokens into text. */
final class Pieces {
  static final byte[] NONE = {};

  private Pieces() {}

  /** The text of tokens' bytes; ids outside the vocabulary are refused. */
  static String join(byte[][] pieces, int[] tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(tokens.length * 4);
    for (int token : tokens) {
      byte[] piece = pieces[check(token, pieces.length)];
      bytes.write(piece, 0, piece.length);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The id itself, if it is one of the vocabulary's. */
  static int check(int token, int vocabularySize) {
    if (token < 0 || token >= vocabularySize) {
      throw new IndexOutOfBoundsException(
          "token " + token + " of a vocabulary of " + vocabularySize);
    }
    return token;
  }
}
