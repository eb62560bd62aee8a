package io.redraft.model.train.cache;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.files.JsonFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code manifest.json}: of what a cache was made, and how many entries its files hold.
 *
 * @param key the parts of its {@link CacheKey}, as text
 * @param entriesPerFile entries of a segment
 */
record Manifest(Map<String, String> key, int entriesPerFile) {
  static final String NAME = "manifest.json";
  private static final String FORMAT = "redraft-activations-1";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads a folder's manifest, which must be one of this format. */
  static Manifest read(Path folder) {
    Path file = folder.resolve(NAME);
    JsonNode root = JsonFiles.readObject(file);
    JsonNode key = root.path("key");
    JsonNode perFile = root.path("entries_per_file");
    if (!root.path("format").asText().equals(FORMAT)) {
      throw InvalidInputException.inFile(
          file.toString(), "format", "is " + root.path("format") + "; allowed: " + FORMAT);
    }
    if (!key.isObject() || !perFile.canConvertToInt() || perFile.asInt() < 1) {
      throw InvalidInputException.inFile(
          file.toString(), "key, entries_per_file", "missing or not as they are written");
    }
    var parts = new LinkedHashMap<String, String>();
    key.properties().forEach(part -> parts.put(part.getKey(), part.getValue().asText()));
    return new Manifest(parts, perFile.asInt());
  }

  void write(Path folder) throws IOException {
    var root = new LinkedHashMap<String, Object>();
    root.put("format", FORMAT);
    root.put("key", key);
    root.put("entries_per_file", entriesPerFile);
    AtomicFiles.write(folder.resolve(NAME), JSON.writeValueAsBytes(root));
  }

  /** Whether a name in a cache's folder is one that a cache gives. */
  static boolean owns(String name) {
    return List.of(NAME, "lock").contains(name)
        || name.startsWith("streams-")
        || name.startsWith("." + NAME); // a temporary file of a writer that was killed
  }
}
