package io.redraft.model.text;

/**
 * Text to token ids and back. Special tokens (mask, end of text) exist only as ids: text that
 * spells one is encoded as the ordinary characters it is. Safe for use by several threads.
 */
public interface Tokenizer {
  /** Number of ids, special tokens included. */
  int vocabularySize();

  /** Ids of a text, no special token added. */
  int[] encode(String text);

  /** Text of ids; special tokens are left out, bytes that are not UTF-8 become U+FFFD. */
  String decode(int[] tokens);

  /**
   * The bytes that a token stands for; none for special tokens. A character may span several
   * tokens.
   */
  byte[] piece(int token);

  /** Id of a special token by its name ({@code [MASK]}, {@code <|endoftext|>}), or -1. */
  int special(String name);
}
