package io.redraft.model.text;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The vocabulary of a llama2.c tokenizer file: an int32 (length of the longest piece), then for
 * every token a float32 score, an int32 length and the piece's bytes. Tokens 0 to 2 are {@code
 * <unk>}, {@code <s>} and {@code </s>}, 3 to 258 the bytes, and the others pieces in which a space
 * is a space.
 *
 * <p>Of the format see <a href="https://github.com/karpathy/llama2.c">llama2.c</a>.
 *
 * @param pieces the pieces, by id
 * @param scores their scores; of two possible merges the one with the higher score comes first
 */
public record Llama2cVocabulary(List<String> pieces, float[] scores) {
  /** Id of {@code <s>}, which stands between texts. */
  public static final int BEGIN = 1;

  private static final String[] SPECIALS = {"<unk>", "<s>", "</s>"};
  private static final int FIRST_BYTE = SPECIALS.length;
  private static final int FIRST_PIECE = FIRST_BYTE + 256;
  private static final int LONGEST_PIECE = 1 << 16;

  /**
   * Reads a file's content.
   *
   * @param file name of the file, for errors
   * @param vocabularySize tokens that there must be
   */
  public static Llama2cVocabulary parse(String file, byte[] content, int vocabularySize) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < Integer.BYTES) {
      throw InvalidInputException.inFile(file, "max_token_length", "the file is cut short");
    }
    int longest = bytes.getInt();
    if (longest < 1 || longest > LONGEST_PIECE) {
      throw InvalidInputException.inFile(
          file, "max_token_length", longest + "; allowed: 1 to " + LONGEST_PIECE);
    }
    List<String> pieces = new ArrayList<>();
    List<Float> scores = new ArrayList<>();
    Map<String, Integer> ids = new HashMap<>();
    while (bytes.hasRemaining()) {
      int id = pieces.size();
      if (bytes.remaining() < 8) {
        throw InvalidInputException.inFile(file, "token " + id, "the file is cut short");
      }
      float score = bytes.getFloat();
      int length = bytes.getInt();
      if (!Float.isFinite(score)) {
        throw InvalidInputException.inFile(
            file, "token " + id, "score " + score + "; allowed: finite");
      }
      if (length < 1 || length > Math.min(longest, bytes.remaining())) {
        throw InvalidInputException.inFile(
            file,
            "token " + id,
            "length " + length + "; allowed: 1 to " + Math.min(longest, bytes.remaining()));
      }
      String piece = named(id, utf8(file, id, bytes, length));
      Integer twin = ids.putIfAbsent(piece, id);
      if (twin != null) {
        throw InvalidInputException.inFile(file, "token " + id, "the same piece as token " + twin);
      }
      checkByte(file, id, piece);
      pieces.add(piece);
      scores.add(score);
    }
    if (pieces.size() != vocabularySize) {
      throw InvalidInputException.inFile(
          file, "tokens", pieces.size() + "; the model has vocab_size " + vocabularySize);
    }
    if (pieces.size() < FIRST_PIECE || !ids.containsKey(" ")) {
      throw InvalidInputException.inFile(
          file, "tokens", "the special tokens, 256 bytes and the space are required");
    }
    float[] array = new float[scores.size()];
    for (int id = 0; id < array.length; id++) {
      array[id] = scores.get(id);
    }
    return new Llama2cVocabulary(List.copyOf(pieces), array);
  }

  /**
   * The content of a {@code tokenizer.json} that gives the same tokens as llama2.c: the text, with
   * a space before it, is one sequence of characters, or bytes where a character is no piece; any
   * two neighbours that make up a piece merge, the highest score first.
   */
  public String toJson() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = root.putArray("added_tokens");
    for (int id = 0; id < FIRST_BYTE; id++) {
      ObjectNode token = added.addObject().put("id", id).put("content", pieces.get(id));
      token.put("single_word", false).put("lstrip", false).put("rstrip", false);
      token.put("normalized", false).put("special", true);
    }
    root.putObject("normalizer").put("type", "Prepend").put("prepend", " ");
    root.putNull("pre_tokenizer").putNull("post_processor");
    ObjectNode decoder = root.putObject("decoder").put("type", "Sequence");
    ArrayNode steps = decoder.putArray("decoders");
    steps.addObject().put("type", "ByteFallback");
    steps.addObject().put("type", "Fuse");
    steps.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    ObjectNode model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").put("unk_token", SPECIALS[0]);
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < pieces.size(); id++) {
      vocabulary.put(pieces.get(id), id);
    }
    ArrayNode merges = model.putArray("merges");
    for (String[] merge : merges()) {
      merges.addArray().add(merge[0]).add(merge[1]);
    }
    return root.toPrettyString() + "\n";
  }

  /** Every way in which two pieces make up a third, the highest score first. */
  private List<String[]> merges() {
    Map<String, Integer> ids = new HashMap<>();
    List<Integer> byScore = new ArrayList<>();
    for (int id = FIRST_PIECE; id < pieces.size(); id++) {
      ids.put(pieces.get(id), id);
      byScore.add(id);
    }
    byScore.sort(Comparator.comparingDouble(id -> -scores[id]));
    List<String[]> merges = new ArrayList<>();
    for (int id : byScore) {
      String piece = pieces.get(id);
      int at = 0;
      while ((at = piece.offsetByCodePoints(at, 1)) < piece.length()) {
        String[] halves = {piece.substring(0, at), piece.substring(at)};
        if (ids.containsKey(halves[0]) && ids.containsKey(halves[1])) {
          merges.add(halves);
        }
      }
    }
    return merges;
  }

  /** Special tokens go by their usual names; llama2.c puts line ends around two of them. */
  private static String named(int id, String piece) {
    return id < SPECIALS.length ? SPECIALS[id] : piece;
  }

  private static void checkByte(String file, int id, String piece) {
    if (id < FIRST_BYTE || id >= FIRST_PIECE) {
      return;
    }
    String expected = String.format(Locale.ROOT, "<0x%02X>", id - FIRST_BYTE);
    if (!piece.equals(expected)) {
      throw InvalidInputException.inFile(file, "token " + id, "not the byte " + expected);
    }
  }

  private static String utf8(String file, int id, ByteBuffer bytes, int length) {
    ByteBuffer piece = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(piece).toString();
    } catch (CharacterCodingException e) {
      throw InvalidInputException.inFile(file, "token " + id, "not UTF-8");
    }
  }
}
