package io.redraft.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.redraft.model.InvalidInputException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Byte-level BPE as GPT-2 has it (Sennrich et al. 2016; Radford et al. 2019), in plain Java: it
 * starts without loading native code and gives the same ids as Hugging Face's library. Every text
 * can be encoded, and decoding gives it back exactly.
 */
final class ByteLevelBpeTokenizer implements Tokenizer {
  /** Words that are remembered; texts repeat few words often. */
  private static final int REMEMBERED = 1 << 16;

  /** Longest word that is remembered, so that hostile text cannot fill the memory. */
  private static final int LONGEST_REMEMBERED = 32;

  private final byte[][] pieces;
  private final SpecialTokens specials;
  private final boolean prefixSpace;
  private final int[] byteTokens;
  private final PairTable merges;
  private final Map<String, int[]> remembered = new ConcurrentHashMap<>();

  private ByteLevelBpeTokenizer(
      byte[][] pieces,
      SpecialTokens specials,
      boolean prefixSpace,
      int[] byteTokens,
      PairTable merges) {
    this.pieces = pieces;
    this.specials = specials;
    this.prefixSpace = prefixSpace;
    this.byteTokens = byteTokens;
    this.merges = merges;
  }

  /** Whether a file describes exactly what this class does. */
  static boolean handles(TokenizerFile file) {
    JsonNode root = file.root();
    JsonNode model = root.path("model");
    JsonNode words = root.path("pre_tokenizer");
    return file.algorithm().equals("BPE")
        && empty(root.path("normalizer"))
        && words.path("type").asText().equals("ByteLevel")
        && words.path("use_regex").asBoolean(true)
        && root.path("decoder").path("type").asText().equals("ByteLevel")
        && empty(model.path("dropout"))
        && empty(model.path("continuing_subword_prefix"))
        && empty(model.path("end_of_word_suffix"))
        && !model.path("byte_fallback").asBoolean()
        && !model.path("ignore_merges").asBoolean()
        && spellsEveryByte(model.path("vocab"))
        && everyAddedTokenIsSpecial(root.path("added_tokens"));
  }

  /** The tokenizer that a file describes, which {@link #handles} must have accepted. */
  static ByteLevelBpeTokenizer of(TokenizerFile file) {
    String[] spellings = file.spellings();
    Map<String, Integer> ids = new HashMap<>();
    byte[][] pieces = new byte[spellings.length][];
    Arrays.fill(pieces, Pieces.NONE);
    for (int id = 0; id < pieces.length; id++) {
      if (spellings[id] != null && !file.specials().contains(id)) {
        ids.put(spellings[id], id);
        byte[] bytes = ByteLevelAlphabet.bytes(spellings[id]);
        pieces[id] = bytes != null ? bytes : spellings[id].getBytes(StandardCharsets.UTF_8);
      }
    }
    int[] byteTokens = new int[256];
    for (int b = 0; b < 256; b++) {
      byteTokens[b] = ids.get(String.valueOf(ByteLevelAlphabet.toChar(b)));
    }
    return new ByteLevelBpeTokenizer(
        pieces,
        file.specials(),
        file.root().path("pre_tokenizer").path("add_prefix_space").asBoolean(true),
        byteTokens,
        readMerges(file, ids));
  }

  @Override
  public int vocabularySize() {
    return pieces.length;
  }

  @Override
  public int[] encode(String text) {
    String whole = prefixSpace && !text.startsWith(" ") && !text.isEmpty() ? " " + text : text;
    IntList ids = new IntList();
    WordScanner.scan(whole, word -> ids.addAll(tokensOf(word)));
    return ids.toArray();
  }

  @Override
  public String decode(int[] tokens) {
    return Pieces.join(pieces, tokens);
  }

  @Override
  public byte[] piece(int token) {
    return pieces[Pieces.check(token, pieces.length)].clone();
  }

  @Override
  public int special(String name) {
    return specials.id(name);
  }

  private int[] tokensOf(String word) {
    int[] known = remembered.get(word);
    if (known != null) {
      return known;
    }
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      symbols[i] = byteTokens[bytes[i] & 0xff];
    }
    int[] tokens = BytePairMerger.merge(symbols, merges);
    if (word.length() <= LONGEST_REMEMBERED && remembered.size() < REMEMBERED) {
      remembered.put(word, tokens);
    }
    return tokens;
  }

  private static PairTable readMerges(TokenizerFile file, Map<String, Integer> ids) {
    JsonNode list = file.root().path("model").path("merges");
    PairTable table = new PairTable(list.size());
    int rank = 0;
    for (JsonNode merge : list) {
      String[] pair =
          merge.isArray() && merge.size() == 2
              ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
              : merge.asText().split(" ", 2);
      Integer left = ids.get(pair[0]);
      Integer right = pair.length == 2 ? ids.get(pair[1]) : null;
      Integer token = pair.length == 2 ? ids.get(pair[0] + pair[1]) : null;
      if (left == null || right == null || token == null) {
        throw InvalidInputException.inFile(
            file.file(), "model.merges[" + rank + "]", merge + " names a token that is not there");
      }
      table.add(left, right, rank++, token);
    }
    return table;
  }

  private static boolean empty(JsonNode node) {
    return node.isMissingNode() || node.isNull() || (node.isTextual() && node.asText().isEmpty());
  }

  private static boolean spellsEveryByte(JsonNode vocabulary) {
    for (int b = 0; b < 256; b++) {
      if (!vocabulary.has(String.valueOf(ByteLevelAlphabet.toChar(b)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean everyAddedTokenIsSpecial(JsonNode added) {
    for (JsonNode token : added) {
      if (!token.path("special").asBoolean()) {
        return false;
      }
    }
    return true;
  }
}
