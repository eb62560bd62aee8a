package io.redraft.model.text;

import io.redraft.model.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens tokenizers. */
public final class Tokenizers {
  /** Name of the token that ends a text, in vocabularies that this program makes. */
  public static final String END_OF_TEXT = SpecialTokens.END_OF_TEXT;

  /** Name of the mask, in vocabularies that this program makes. */
  public static final String MASK = SpecialTokens.MASK;

  private Tokenizers() {}

  /**
   * Opens a {@code tokenizer.json}, or the one in a folder. Byte-level BPE in GPT-2's form and
   * vocabularies of characters are read by Java code that starts at once; everything else by
   * Hugging Face's library.
   *
   * @throws InvalidInputException if the file is missing or not a tokenizer; the message names the
   *     file and the field
   */
  public static Tokenizer open(Path path) {
    TokenizerFile file =
        TokenizerFile.read(Files.isDirectory(path) ? path.resolve("tokenizer.json") : path);
    if (ByteLevelBpeTokenizer.handles(file)) {
      return ByteLevelBpeTokenizer.of(file);
    }
    return CharacterTokenizer.handles(file)
        ? CharacterTokenizer.of(file)
        : HuggingFaceJsonTokenizer.of(file);
  }

  /**
   * The content of a {@code tokenizer.json} with one token a Unicode code point that occurs in
   * these documents, in the order of the code points, then {@link #END_OF_TEXT} and {@link #MASK}.
   * Its {@link Tokenizer#encode} refuses text with any other character.
   */
  public static String charactersOf(Iterable<String> documents) {
    return CharacterTokenizer.toJson(documents);
  }

  /** The built-in tokenizer of bytes. */
  public static Tokenizer bytes() {
    return new ByteTokenizer();
  }
}
