package io.redraft.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.redraft.model.InvalidInputException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;

/**
 * Any Hugging Face {@code tokenizer.json}, through Hugging Face's own library. What the library
 * sees is a copy of the file in which special tokens have names that no text can spell, and in
 * which truncation, padding and post-processing are off.
 *
 * <p>The bytes of pieces are told by {@link PieceSpelling}. Vocabularies that lower-case or drop
 * accents do not give every text back.
 */
final class HuggingFaceJsonTokenizer implements Tokenizer {
  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer library;
  private final byte[][] pieces;
  private final boolean joinsPieces;
  private final SpecialTokens specials;

  private HuggingFaceJsonTokenizer(
      HuggingFaceTokenizer library, PieceSpelling spelling, TokenizerFile file) {
    this.library = library;
    this.pieces = spelling.pieces(file);
    this.joinsPieces = spelling == PieceSpelling.BYTE_LEVEL;
    this.specials = file.specials();
  }

  /**
   * The tokenizer that a file describes.
   *
   * @throws io.redraft.model.InvalidInputException if the library does not understand the file
   */
  static HuggingFaceJsonTokenizer of(TokenizerFile file) {
    PieceSpelling spelling = PieceSpelling.of(file.root());
    byte[] json = hideSpecials(file).toString().getBytes(StandardCharsets.UTF_8);
    try {
      HuggingFaceTokenizer library =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
      return new HuggingFaceJsonTokenizer(library, spelling, file);
    } catch (IOException | RuntimeException e) {
      String problem = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw InvalidInputException.inFile(file.file(), "tokenizer", "not understood: " + problem);
    }
  }

  @Override
  public int vocabularySize() {
    return pieces.length;
  }

  @Override
  public int[] encode(String text) {
    long[] ids = library.encode(wellFormed(text), false, false).getIds();
    return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public String decode(int[] tokens) {
    if (joinsPieces) {
      return Pieces.join(pieces, tokens);
    }
    long[] ordinary =
        Arrays.stream(tokens)
            .map(token -> Pieces.check(token, pieces.length))
            .filter(token -> !specials.contains(token))
            .asLongStream()
            .toArray();
    return library.decode(ordinary, false);
  }

  @Override
  public byte[] piece(int token) {
    return pieces[Pieces.check(token, pieces.length)].clone();
  }

  @Override
  public int special(String name) {
    return specials.id(name);
  }

  /** A half of a surrogate pair has no UTF-8; it becomes a question mark, as everywhere in Java. */
  private static String wellFormed(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text)
        ? text
        : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /**
   * The file with every special token renamed. Taking them out instead would shift the ids that the
   * library gives to the added tokens behind them.
   */
  private static ObjectNode hideSpecials(TokenizerFile file) {
    String prefix = UUID.randomUUID() + "\uffff";
    ObjectNode root = file.root().deepCopy();
    root.putNull("truncation").putNull("padding").putNull("post_processor");
    for (JsonNode added : root.path("added_tokens")) {
      if (added.path("special").asBoolean()) {
        ((ObjectNode) added)
            .put("content", prefix + added.path("content").asText())
            .put("normalized", false);
      }
    }
    JsonNode model = root.path("model");
    JsonNode unknown = model.path("unk_token");
    if (unknown.isTextual() && file.specials().id(unknown.asText()) >= 0) {
      ((ObjectNode) model).put("unk_token", prefix + unknown.asText());
    }
    JsonNode vocabulary = model.path("vocab");
    file.specials().byName().keySet().forEach(name -> rename(vocabulary, name, prefix + name));
    return root;
  }

  private static void rename(JsonNode vocabulary, String name, String hidden) {
    if (vocabulary instanceof ObjectNode tokens) {
      JsonNode id = tokens.remove(name);
      if (id != null) {
        tokens.set(hidden, id);
      }
      return;
    }
    for (JsonNode entry : vocabulary) {
      if (entry.path(0).asText().equals(name)) {
        ((ArrayNode) entry).set(0, TextNode.valueOf(hidden));
      }
    }
  }
}
