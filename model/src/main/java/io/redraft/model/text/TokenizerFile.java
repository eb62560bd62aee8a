package io.redraft.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A Hugging Face {@code tokenizer.json}, checked as far as this program relies on it.
 *
 * @param file name of the file, for errors
 * @param root the whole document
 * @param spellings every token as the file spells it, by id; null where an id is unused
 * @param specials the added tokens that are marked special
 */
record TokenizerFile(String file, ObjectNode root, String[] spellings, SpecialTokens specials) {
  private static final int LARGEST_ID = 1 << 24;

  static TokenizerFile read(Path path) {
    return of(path.toString(), JsonFiles.readObject(path));
  }

  static TokenizerFile of(String file, JsonNode root) {
    JsonNode vocabulary = root.path("model").path("vocab");
    Map<String, Integer> ids = new HashMap<>();
    if (vocabulary.isObject()) {
      for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
        ids.put(entry.getKey(), id(file, "model.vocab", entry.getKey(), entry.getValue()));
      }
    } else if (vocabulary.isArray()) { // Unigram: pairs of piece and score, the id is the place
      for (JsonNode entry : vocabulary) {
        if (!entry.path(0).isTextual() || ids.put(entry.get(0).asText(), ids.size()) != null) {
          throw InvalidInputException.inFile(
              file, "model.vocab", entry + " is not a piece with its score, named once");
        }
      }
    } else {
      throw InvalidInputException.inFile(
          file, "model.vocab", "missing; allowed: an object, or an array for Unigram");
    }
    Map<String, Integer> specials = new HashMap<>();
    for (JsonNode added : root.path("added_tokens")) {
      String content = added.path("content").asText();
      int id = id(file, "added_tokens", content, added.path("id"));
      ids.put(content, id);
      if (added.path("special").asBoolean()) {
        specials.put(content, id);
      }
    }
    return new TokenizerFile(
        file, (ObjectNode) root, spellings(file, ids), new SpecialTokens(specials));
  }

  /** Name of the model's algorithm: BPE, WordPiece, Unigram or WordLevel. */
  String algorithm() {
    JsonNode model = root.path("model");
    return model.path("type").asText(model.has("merges") ? "BPE" : "WordPiece");
  }

  private static int id(String file, String field, String token, JsonNode id) {
    if (!id.isInt() || id.asInt() < 0 || id.asInt() > LARGEST_ID) {
      throw InvalidInputException.inFile(
          file, field + "." + token, id + "; allowed: an id of 0 to " + LARGEST_ID);
    }
    return id.asInt();
  }

  private static String[] spellings(String file, Map<String, Integer> ids) {
    int size = ids.values().stream().mapToInt(id -> id + 1).max().orElse(0);
    if (size == 0) {
      throw InvalidInputException.inFile(file, "model.vocab", "empty");
    }
    if (size > 4 * ids.size() + 1024) {
      throw InvalidInputException.inFile(
          file, "model.vocab", ids.size() + " tokens with ids up to " + (size - 1));
    }
    String[] spellings = new String[size];
    ids.forEach(
        (token, id) -> {
          if (spellings[id] != null) {
            throw InvalidInputException.inFile(file, "model.vocab", "id " + id + " is given twice");
          }
          spellings[id] = token;
        });
    return spellings;
  }
}
