package io.redraft.model.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The built-in tokenizer: a text is its UTF-8 bytes, ids 0 to 255; the end of text is 256 and the
 * mask 257. It needs no file, and {@link #toJson} writes it as a Hugging Face tokenizer.
 */
public final class ByteTokenizer implements Tokenizer {
  private static final SpecialTokens SPECIALS =
      new SpecialTokens(Map.of(SpecialTokens.END_OF_TEXT, 256, SpecialTokens.MASK, 257));
  private static final int SIZE = 258;
  private static final byte[][] PIECES = new byte[SIZE][];

  static {
    for (int id = 0; id < SIZE; id++) {
      PIECES[id] = id < 256 ? new byte[] {(byte) id} : Pieces.NONE;
    }
  }

  @Override
  public int vocabularySize() {
    return SIZE;
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ids[i] = bytes[i] & 0xff;
    }
    return ids;
  }

  @Override
  public String decode(int[] tokens) {
    return Pieces.join(PIECES, tokens);
  }

  @Override
  public byte[] piece(int token) {
    return PIECES[Pieces.check(token, SIZE)].clone();
  }

  @Override
  public int special(String name) {
    return SPECIALS.id(name);
  }

  /** The same tokenizer as the content of a {@code tokenizer.json}: byte-level BPE, no merges. */
  public static String toJson() {
    Map<String, Integer> vocabulary = new TreeMap<>();
    for (int b = 0; b < 256; b++) {
      vocabulary.put(String.valueOf(ByteLevelAlphabet.toChar(b)), b);
    }
    return BytePairJson.write(vocabulary, List.of(), SPECIALS.byName());
  }
}
