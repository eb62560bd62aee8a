package io.redraft.model.text;

import java.util.Random;

/** Text that mixes words, numbers, spaces of every kind, scripts and any assigned character. */
final class RandomText {
  private static final String[] PARTS = {
    "the", " The", "'s", "'ll", "'", " ", "  ", "\n", "\t", "\r\n", "\u00a0", "\u0085", "\u2003",
    "\u2028", "\u3000", "42", "½", "٣", "é", "e\u0301", "नमस्ते", "漢字", "🙂", "👩‍👧", "…", "--",
    "ǅ", "ʰ", "Ⅷ", "\u0000", "\u001c", "\u200b", "\ufeff", "ſ", "'ſ", "'S", "_"
  };

  private RandomText() {}

  /** A text of up to {@code parts} parts. */
  static String of(Random random, int parts) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(parts); i > 0; i--) {
      if (random.nextInt(3) > 0) {
        text.append(PARTS[random.nextInt(PARTS.length)]);
      } else {
        text.appendCodePoint(assigned(random));
      }
    }
    return text.toString();
  }

  /**
   * An assigned character: what is a letter may differ between Unicode versions only for characters
   * that one of them does not have.
   */
  private static int assigned(Random random) {
    int bound = random.nextBoolean() ? 0x3000 : 0x20000;
    while (true) {
      int codePoint = random.nextInt(bound);
      int type = Character.getType(codePoint);
      if (type != Character.UNASSIGNED && type != Character.SURROGATE) {
        return codePoint;
      }
    }
  }
}
