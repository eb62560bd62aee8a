package io.redraft.model.text;

import java.util.Arrays;

/**
 * The printable stand-ins for bytes that byte-level vocabularies are spelled in (GPT-2, Radford et
 * al. 2019): printable Latin-1 stands for itself, the other 68 bytes follow from U+0100 on.
 */
final class ByteLevelAlphabet {
  private static final char[] CHARS = new char[256];
  private static final short[] BYTES = new short[0x200];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      CHARS[b] = printable ? (char) b : next++;
      BYTES[CHARS[b]] = (short) b;
    }
  }

  private ByteLevelAlphabet() {}

  /** The character that stands for a byte of 0 to 255. */
  static char toChar(int unsignedByte) {
    return CHARS[unsignedByte];
  }

  /** The spelling of bytes. */
  static String spell(byte[] bytes) {
    char[] chars = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      chars[i] = CHARS[bytes[i] & 0xff];
    }
    return new String(chars);
  }

  /** The bytes that a spelling stands for, or null where a character stands for none. */
  static byte[] bytes(String spelling) {
    byte[] bytes = new byte[spelling.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = spelling.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return null;
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }
}
