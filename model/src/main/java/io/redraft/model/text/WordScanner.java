package io.redraft.model.text;

import java.util.function.Consumer;

/**
 * Cuts text into the words that byte-level BPE merges within, exactly as GPT-2's pattern does:
 * {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}. Nothing is
 * lost: the words joined are the text. What is a letter or a number is what this JVM's Unicode
 * version says.
 */
final class WordScanner {
  private enum Kind {
    LETTER,
    NUMBER,
    SPACE,
    OTHER
  }

  private WordScanner() {}

  /** Hands the words of a text to {@code words}, in order. */
  static void scan(String text, Consumer<String> words) {
    int at = 0;
    while (at < text.length()) {
      int end = wordEnd(text, at);
      words.accept(text.substring(at, end));
      at = end;
    }
  }

  private static int wordEnd(String text, int start) {
    char first = text.charAt(start);
    if (first == '\'') {
      int contraction = contractionEnd(text, start);
      if (contraction > 0) {
        return contraction;
      }
    }
    int at = start;
    if (first == ' ' && start + 1 < text.length() && kind(text, start + 1) != Kind.SPACE) {
      at++;
    }
    Kind kind = kind(text, at);
    int end = runEnd(text, at, kind);
    if (kind != Kind.SPACE || end == text.length()) {
      return end;
    }
    // A run of spaces leaves its last one to the word that follows, unless it is the only one.
    int last = Character.offsetByCodePoints(text, end, -1);
    return last > start ? last : end;
  }

  private static int runEnd(String text, int start, Kind kind) {
    int at = start;
    while (at < text.length() && kind(text, at) == kind) {
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  private static int contractionEnd(String text, int start) {
    char second = start + 1 < text.length() ? text.charAt(start + 1) : 0;
    char third = start + 2 < text.length() ? text.charAt(start + 2) : 0;
    return switch (second) {
      case 's', 't', 'm', 'd' -> start + 2;
      case 'r', 'v' -> third == 'e' ? start + 3 : 0;
      case 'l' -> third == 'l' ? start + 3 : 0;
      default -> 0;
    };
  }

  private static Kind kind(String text, int at) {
    char c = text.charAt(at);
    if (c < 0x80) {
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        return Kind.LETTER;
      }
      if (c >= '0' && c <= '9') {
        return Kind.NUMBER;
      }
      return c == ' ' || (c >= '\t' && c <= '\r') ? Kind.SPACE : Kind.OTHER;
    }
    int codePoint = text.codePointAt(at);
    if (codePoint == 0x85) { // the one control character beyond ASCII with White_Space
      return Kind.SPACE;
    }
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          Kind.LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          Kind.NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          Kind.SPACE;
      default -> Kind.OTHER;
    };
  }
}
