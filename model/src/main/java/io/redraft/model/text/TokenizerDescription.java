package io.redraft.model.text;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a {@code tokenizer.json} is.
 *
 * @param algorithm BPE, WordPiece, Unigram or WordLevel
 * @param tokens number of ids
 * @param specials special tokens and their ids
 * @param builtIn whether plain Java code reads it, without Hugging Face's library
 */
public record TokenizerDescription(
    String algorithm, int tokens, Map<String, Integer> specials, boolean builtIn) {
  /** Describes a file. */
  public static TokenizerDescription of(Path path) {
    TokenizerFile file = TokenizerFile.read(path);
    return new TokenizerDescription(
        file.algorithm(),
        file.spellings().length,
        new TreeMap<>(file.specials().byName()),
        ByteLevelBpeTokenizer.handles(file) || CharacterTokenizer.handles(file));
  }
}
