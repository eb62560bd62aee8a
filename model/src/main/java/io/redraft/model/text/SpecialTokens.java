package io.redraft.model.text;

import java.util.BitSet;
import java.util.Map;

/** The tokens of a vocabulary that no text is encoded to, by name. */
final class SpecialTokens {
  /** The name of the token that ends a text. */
  static final String END_OF_TEXT = "<|endoftext|>";

  /** The name of the mask. */
  static final String MASK = "[MASK]";

  private final Map<String, Integer> byName;
  private final BitSet ids = new BitSet();

  SpecialTokens(Map<String, Integer> byName) {
    this.byName = Map.copyOf(byName);
    byName.values().forEach(ids::set);
  }

  int id(String name) {
    return byName.getOrDefault(name, -1);
  }

  boolean contains(int token) {
    return ids.get(token);
  }

  Map<String, Integer> byName() {
    return byName;
  }
}
