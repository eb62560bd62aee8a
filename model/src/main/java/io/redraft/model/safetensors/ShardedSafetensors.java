package io.redraft.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Safetensors files that hold one model together, joined by their index ({@code
 * model.safetensors.index.json}): {@code weight_map} tells for every tensor which file has it.
 * Files are looked for beside the index only.
 */
public final class ShardedSafetensors implements TensorSource {
  private final String index;
  private final SortedMap<String, SafetensorsFile> files;
  private final Map<String, String> metadata;

  private ShardedSafetensors(
      String index, SortedMap<String, SafetensorsFile> files, Map<String, String> metadata) {
    this.index = index;
    this.files = files;
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Opens the files that an index names.
   *
   * @throws InvalidInputException if the index or a file is missing or wrong, or a tensor is not in
   *     the file that the index says
   */
  public static ShardedSafetensors open(Path index) {
    String name = index.toString();
    JsonNode map = JsonFiles.readObject(index).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw InvalidInputException.inFile(name, "weight_map", "missing, empty or not an object");
    }
    SortedMap<String, SafetensorsFile> files = new TreeMap<>();
    Map<String, SafetensorsFile> opened = new HashMap<>();
    Map<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String shard = entry.getValue().asText();
      if (!entry.getValue().isTextual() || !shard.matches("[\\w.-]+\\.safetensors")) {
        throw InvalidInputException.inFile(
            name,
            "weight_map." + entry.getKey(),
            entry.getValue() + "; allowed: the name of a .safetensors file beside the index");
      }
      SafetensorsFile file =
          opened.computeIfAbsent(shard, s -> SafetensorsFile.open(index.resolveSibling(s)));
      file.tensor(entry.getKey());
      files.put(entry.getKey(), file);
      metadata.putAll(file.metadata());
    }
    return new ShardedSafetensors(name, files, metadata);
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(files.keySet());
  }

  @Override
  public TensorView tensor(String name) {
    SafetensorsFile file = files.get(name);
    if (file == null) {
      throw InvalidInputException.inFile(index, name, "there is no such tensor");
    }
    return file.tensor(name);
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }
}
