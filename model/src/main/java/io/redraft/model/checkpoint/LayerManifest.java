package io.redraft.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The {@code manifest.json} of a run's layers: what was committed, and where it lies.
 *
 * @param network shape of the network that all pieces make together
 * @param revision commits so far
 * @param pieces the newest version of every piece by its name
 * @param stages steps of every committed stage by its number
 */
record LayerManifest(
    NetworkConfig network,
    long revision,
    SortedMap<String, Entry> pieces,
    SortedMap<Integer, Long> stages) {
  /** Version of the format. */
  private static final int FORMAT = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The newest version of a piece.
   *
   * @param file name of its file
   * @param bytes length of the file
   * @param checksum of the file
   * @param stage the stage that committed it
   * @param step steps that this stage had taken
   */
  record Entry(String file, long bytes, String checksum, int stage, long step) {}

  /** Nothing is committed. */
  static LayerManifest empty(NetworkConfig network) {
    return new LayerManifest(network, 0, new TreeMap<>(), new TreeMap<>());
  }

  /** What is committed after a stage, whose pieces replace earlier versions. */
  LayerManifest with(int stage, long step, Map<String, Entry> committed) {
    SortedMap<String, Entry> newest = new TreeMap<>(pieces);
    newest.putAll(committed);
    SortedMap<Integer, Long> all = new TreeMap<>(stages);
    all.put(stage, step);
    return new LayerManifest(network, revision + 1, newest, all);
  }

  static LayerManifest read(Path path) {
    String file = path.toString();
    JsonNode root = JsonFiles.readObject(path);
    if (root.path("format").asInt() != FORMAT) {
      throw InvalidInputException.inFile(file, "format", root.path("format") + ", not " + FORMAT);
    }
    NetworkConfig network = ConfigJson.parse(file, root.path("network"));
    SortedMap<String, Entry> pieces = new TreeMap<>();
    root.path("pieces")
        .properties()
        .forEach(
            piece -> pieces.put(piece.getKey(), entry(file, piece.getKey(), piece.getValue())));
    SortedMap<Integer, Long> stages = new TreeMap<>();
    for (JsonNode stage : root.path("stages")) {
      stages.put(stage.path("stage").asInt(), stage.path("step").asLong());
    }
    return new LayerManifest(network, root.path("revision").asLong(), pieces, stages);
  }

  private static Entry entry(String file, String piece, JsonNode json) {
    String name = json.path("file").asText();
    // A manifest names files beside itself, and nothing else on the disk.
    if (!name.equals(String.valueOf(Path.of(name).getFileName())) || name.isEmpty()) {
      throw InvalidInputException.inFile(file, "pieces." + piece, "no file name: " + name);
    }
    return new Entry(
        name,
        json.path("bytes").asLong(),
        json.path("checksum").asText(),
        json.path("stage").asInt(),
        json.path("step").asLong());
  }

  byte[] toBytes() throws JsonProcessingException {
    var root = JSON.createObjectNode().put("format", FORMAT).put("revision", revision);
    root.set("network", tree(network));
    var files = root.putObject("pieces");
    pieces.forEach(
        (name, piece) ->
            files
                .putObject(name)
                .put("file", piece.file())
                .put("bytes", piece.bytes())
                .put("checksum", piece.checksum())
                .put("stage", piece.stage())
                .put("step", piece.step()));
    var list = root.putArray("stages");
    stages.forEach((stage, step) -> list.addObject().put("stage", stage).put("step", step));
    return JSON.writerWithDefaultPrettyPrinter()
        .writeValueAsString(root)
        .getBytes(StandardCharsets.UTF_8);
  }

  /** What another network has otherwise, as {@code hidden_size (64, not 128)}. */
  List<String> differences(NetworkConfig wanted) {
    List<String> out = new ArrayList<>();
    JsonNode mine = tree(network);
    JsonNode other = tree(wanted);
    SortedMap<String, Boolean> keys = new TreeMap<>();
    mine.fieldNames().forEachRemaining(key -> keys.put(key, true));
    other.fieldNames().forEachRemaining(key -> keys.put(key, true));
    for (String key : keys.keySet()) {
      if (!Objects.equals(mine.get(key), other.get(key))) {
        out.add("%s (%s, not %s)".formatted(key, mine.get(key), other.get(key)));
      }
    }
    return out;
  }

  private static JsonNode tree(NetworkConfig network) {
    return JsonFiles.parseObject("network", ConfigJson.write(network));
  }
}
