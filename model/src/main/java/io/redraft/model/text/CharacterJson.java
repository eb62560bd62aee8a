package io.redraft.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Writes a vocabulary of characters as a Hugging Face {@code tokenizer.json}: a pre-tokenizer that
 * makes every character a word of its own, a word-level model, and a decoder that joins the words
 * without a space. The token for unknown words is named but not in the vocabulary, which makes
 * Hugging Face's library refuse a text with an unknown character, as {@link CharacterTokenizer}
 * does.
 */
final class CharacterJson {
  /** Any one character, line ends included. */
  private static final String ANY = "[\\s\\S]";

  private static final ObjectMapper JSON = new ObjectMapper();

  private CharacterJson() {}

  /** The content of the file; the special tokens follow the characters. */
  static String write(int[] codePoints) {
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putNull("truncation").putNull("padding");
    var added = root.putArray("added_tokens");
    root.putNull("normalizer");
    var split = root.putObject("pre_tokenizer").put("type", "Split");
    split.putObject("pattern").put("Regex", ANY);
    split.put("behavior", "Isolated").put("invert", false);
    root.putNull("post_processor");
    root.putObject("decoder").put("type", "Fuse");
    var model = root.putObject("model").put("type", "WordLevel");
    var vocabulary = model.putObject("vocab");
    for (var codePoint : codePoints) {
      vocabulary.put(Character.toString(codePoint), vocabulary.size());
    }
    for (var name : new String[] {SpecialTokens.END_OF_TEXT, SpecialTokens.MASK}) {
      var token = added.addObject().put("id", vocabulary.size()).put("content", name);
      token.put("single_word", false).put("lstrip", false).put("rstrip", false);
      token.put("normalized", false).put("special", true);
      vocabulary.put(name, vocabulary.size());
    }
    model.put("unk_token", "<unk>");
    return root.toPrettyString() + "\n";
  }

  /** Whether a pre-tokenizer makes every character a word of its own. */
  static boolean splitsCharacters(JsonNode words) {
    return words.path("type").asText().equals("Split")
        && words.path("pattern").path("Regex").asText().equals(ANY)
        && words.path("behavior").asText().equals("Isolated")
        && !words.path("invert").asBoolean();
  }
}
