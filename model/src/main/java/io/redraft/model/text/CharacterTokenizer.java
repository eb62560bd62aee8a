package io.redraft.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.redraft.model.InvalidInputException;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * One token a Unicode code point, in plain Java: texts are their characters, line ends and spaces
 * included, and decoding gives them back exactly. There is no token for the unknown: a text with a
 * character that the vocabulary lacks is refused, since nothing that the network says about it
 * would mean anything. Half of a surrogate pair is read as a question mark, as everywhere in Java.
 */
final class CharacterTokenizer implements Tokenizer {
  private final byte[][] pieces;
  private final SpecialTokens specials;
  private final int[] codePoints; // ascending
  private final int[] ids; // of the code point at the same place

  private CharacterTokenizer(TokenizerFile file) {
    this.pieces = PieceSpelling.PLAIN.pieces(file);
    this.specials = file.specials();
    var spellings = file.spellings();
    var known = new int[spellings.length][];
    var count = 0;
    for (var id = 0; id < spellings.length; id++) {
      if (spellings[id] != null && !specials.contains(id)) {
        known[count++] = new int[] {spellings[id].codePointAt(0), id};
      }
    }
    var sorted = Arrays.copyOf(known, count);
    Arrays.sort(sorted, (a, b) -> Integer.compare(a[0], b[0]));
    this.codePoints = Arrays.stream(sorted).mapToInt(entry -> entry[0]).toArray();
    this.ids = Arrays.stream(sorted).mapToInt(entry -> entry[1]).toArray();
  }

  /**
   * The content of a {@code tokenizer.json} for the characters of these documents: in the order of
   * their code points from id 0 on, then the end of text and the mask.
   */
  static String toJson(Iterable<String> documents) {
    var characters = new TreeSet<Integer>();
    for (var document : documents) {
      document.codePoints().map(CharacterTokenizer::wellFormed).forEach(characters::add);
    }
    return CharacterJson.write(characters.stream().mapToInt(Integer::intValue).toArray());
  }

  /** Whether a file describes exactly what this class does. */
  static boolean handles(TokenizerFile file) {
    JsonNode root = file.root();
    return file.algorithm().equals("WordLevel")
        && root.path("normalizer").isNull()
        && CharacterJson.splitsCharacters(root.path("pre_tokenizer"))
        && root.path("decoder").path("type").asText().equals("Fuse")
        && file.specials().id(root.path("model").path("unk_token").asText()) < 0
        && everyOrdinaryTokenIsACharacter(file);
  }

  /** The tokenizer that a file describes, which {@link #handles} must have accepted. */
  static CharacterTokenizer of(TokenizerFile file) {
    return new CharacterTokenizer(file);
  }

  private static boolean everyOrdinaryTokenIsACharacter(TokenizerFile file) {
    var spellings = file.spellings();
    for (var id = 0; id < spellings.length; id++) {
      var ordinary = spellings[id] != null && !file.specials().contains(id);
      if (ordinary && spellings[id].codePoints().count() != 1) {
        return false;
      }
    }
    for (var added : file.root().path("added_tokens")) {
      if (!added.path("special").asBoolean()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int vocabularySize() {
    return pieces.length;
  }

  /**
   * Ids of a text's characters.
   *
   * @throws InvalidInputException if the vocabulary lacks one of them
   */
  @Override
  public int[] encode(String text) {
    return text.codePoints().map(c -> id(wellFormed(c))).toArray();
  }

  private int id(int codePoint) {
    var place = Arrays.binarySearch(codePoints, codePoint);
    if (place < 0) {
      throw InvalidInputException.of(
          "text",
          String.format("with the character U+%04X%s", codePoint, shown(codePoint)),
          "the " + codePoints.length + " characters of the model's vocabulary");
    }
    return ids[place];
  }

  private static String shown(int codePoint) {
    return Character.isLetterOrDigit(codePoint) ? " (" + Character.toString(codePoint) + ")" : "";
  }

  private static int wellFormed(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE
        ? '?'
        : codePoint;
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
}
