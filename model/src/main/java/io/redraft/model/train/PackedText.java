package io.redraft.model.train;

import java.util.Arrays;
import java.util.BitSet;
import java.util.zip.CRC32C;

/**
 * Documents laid end to end, an end-of-text token after each, read as a circle from which windows
 * of any length are cut.
 */
public final class PackedText {
  private final int[] tokens;
  private final int[] starts;
  private final int[] alphabet;

  private PackedText(int[] tokens, int[] starts, int[] alphabet) {
    this.tokens = tokens;
    this.starts = starts;
    this.alphabet = alphabet;
  }

  /** Collects documents. */
  public static final class Builder {
    private int[] tokens = new int[1 << 16];
    private int[] starts = new int[1 << 10];
    private final BitSet alphabet = new BitSet();
    private int length;
    private int documents;

    /** Adds a document's tokens and the token that ends it; an {@code end} of -1 adds none. */
    public Builder add(int[] document, int end) {
      if (documents == starts.length) {
        starts = Arrays.copyOf(starts, 2 * documents);
      }
      starts[documents++] = length;
      var needed = Math.addExact(length, document.length + 1);
      if (needed > tokens.length) {
        tokens = Arrays.copyOf(tokens, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * needed));
      }
      System.arraycopy(document, 0, tokens, length, document.length);
      for (var token : document) {
        alphabet.set(token);
      }
      length += document.length;
      if (end >= 0) {
        tokens[length++] = end;
      }
      return this;
    }

    /** The text so far. */
    public PackedText build() {
      return new PackedText(
          Arrays.copyOf(tokens, length),
          Arrays.copyOf(starts, documents),
          alphabet.stream().toArray());
    }
  }

  /** Number of tokens, ends of text included. */
  public int length() {
    return tokens.length;
  }

  /** Number of documents. */
  public int documents() {
    return starts.length;
  }

  /** The different tokens of the documents, ascending; the ends of text are not among them. */
  public int[] alphabet() {
    return alphabet.clone();
  }

  /** The {@code count} tokens from {@code from} on, past the end from the beginning again. */
  public int[] window(long from, int count) {
    var window = new int[count];
    var at = (int) (from % tokens.length);
    for (var i = 0; i < count; i++) {
      window[i] = tokens[at];
      at = at + 1 == tokens.length ? 0 : at + 1;
    }
    return window;
  }

  /** Tokens from {@code from} to {@code to}, the latter excluded. */
  public int[] slice(int from, int to) {
    return Arrays.copyOfRange(tokens, from, to);
  }

  /** Where the document that holds a token begins. */
  public int documentStart(int token) {
    var found = Arrays.binarySearch(starts, token);
    if (found >= 0) {
      return starts[found];
    }
    return starts[-found - 2];
  }

  /** A checksum by which a resumed run tells whether it reads what it read before. */
  public String checksum() {
    var crc = new CRC32C();
    for (var token : tokens) {
      crc.update(token);
      crc.update(token >>> 8);
      crc.update(token >>> 16);
      crc.update(token >>> 24);
    }
    return tokens.length + "-" + Long.toHexString(crc.getValue());
  }
}
