package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where the tokenizer comes from.
 *
 * @param kind how it is made
 * @param entries vocabulary size of one that is trained, special tokens included
 * @param file the {@code tokenizer.json} of one that exists, or null
 */
public record TokenizerSettings(Kind kind, int entries, Path file) {
  /** Ways to a tokenizer. */
  public enum Kind {
    /** Byte-level BPE, trained on the corpus. */
    TRAIN,
    /** One token a byte. */
    BYTES,
    /** One token a Unicode character of the data, held-out documents included. */
    CHARACTERS,
    /** A {@code tokenizer.json} in Hugging Face's format. */
    FILE,
    /** That of the model folder that {@code model.initial} names. */
    MODEL
  }

  private static final int DEFAULT_ENTRIES = 4096;

  /** The 256 bytes and the two special tokens. */
  public static final int FEWEST_ENTRIES = 258;

  public TokenizerSettings {
    if (kind == Kind.TRAIN) {
      Check.atLeast("tokenizer.entries", entries, FEWEST_ENTRIES);
    } else if (entries != DEFAULT_ENTRIES) {
      throw InvalidInputException.of(
          "tokenizer.entries", entries, "nothing, except for kind train");
    }
    if (kind != Kind.FILE && file != null) {
      throw InvalidInputException.of("tokenizer.file", file, "nothing, except for kind file");
    }
    if (kind == Kind.FILE && file == null) {
      throw InvalidInputException.of("tokenizer.file", "missing", "a path, for kind file");
    }
  }

  /**
   * Reads the section.
   *
   * @param initial whether the first weights come from a model, whose tokenizer is then the run's
   */
  static TokenizerSettings read(Section section, boolean initial) {
    var usual = initial ? Kind.MODEL : Kind.TRAIN;
    var file = section.text("file", null);
    return new TokenizerSettings(
        Check.choice("tokenizer.kind", section.text("kind", Check.key(usual)), Kind.values()),
        section.integer("entries", DEFAULT_ENTRIES),
        file == null ? null : Path.of(file));
  }

  /** Refuses another tokenizer than that of the first weights, or theirs where there are none. */
  void refuseFor(Path initial) {
    if (initial != null && kind != Kind.MODEL) {
      throw InvalidInputException.of(
          "tokenizer.kind", Check.key(kind), "model, where model.initial is " + initial);
    }
    if (initial == null && kind == Kind.MODEL) {
      throw InvalidInputException.of("model.initial", "none", "a folder, for tokenizer.kind model");
    }
  }

  void write(Map<String, Object> out) {
    out.put("tokenizer.kind", Check.key(kind));
    if (kind == Kind.TRAIN) {
      out.put("tokenizer.entries", entries);
    }
    if (kind == Kind.FILE) {
      out.put("tokenizer.file", file.toString());
    }
  }
}
