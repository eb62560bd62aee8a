package io.redraft.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.TensorView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run's folder of layers holds, or one file of it.
 *
 * @param path the folder or file
 * @param network the network that all layers make together; nothing for a file without a manifest
 * @param stages numbers of the committed stages
 * @param pieces what there is
 * @param missing names of pieces that are not committed yet
 */
public record LayersDescription(
    Path path,
    Optional<NetworkConfig> network,
    List<Integer> stages,
    List<CommittedPiece> pieces,
    List<String> missing) {
  /** Whether a path is one that can be described so. */
  public static boolean describes(Path path) {
    return path.toString().endsWith(".safetensors") && Files.isRegularFile(path)
        || Files.exists(path.resolve(LayerStore.MANIFEST));
  }

  /**
   * Describes layers; checksums of the files are checked.
   *
   * @throws InvalidInputException if a file is damaged, or none of a layer
   */
  public static LayersDescription of(Path path) {
    if (Files.isDirectory(path)) {
      var store = LayerStore.open(path);
      return new LayersDescription(
          path, Optional.of(store.network()), store.committed(), store.pieces(), store.missing());
    }
    var folder = path.toAbsolutePath().getParent();
    if (Files.exists(folder.resolve(LayerStore.MANIFEST))) {
      var store = LayerStore.open(folder);
      for (var piece : store.pieces()) {
        if (piece.file().getFileName().equals(path.getFileName())) {
          return new LayersDescription(
              path,
              Optional.of(store.network()),
              List.of(piece.stage()),
              List.of(piece),
              List.of());
        }
      }
    }
    var piece = alone(path, SafetensorsFile.open(path));
    return new LayersDescription(
        path, Optional.empty(), List.of(piece.stage()), List.of(piece), List.of());
  }

  /** A file by what it says of itself. */
  private static CommittedPiece alone(Path path, SafetensorsFile file) {
    Map<String, String> says = file.metadata();
    try {
      return new CommittedPiece(
          says.getOrDefault("piece", ""),
          path,
          path.toFile().length(),
          Integer.parseInt(says.getOrDefault("stage", "")),
          Long.parseLong(says.getOrDefault("step", "")),
          file.names().stream().map(file::tensor).toList());
    } catch (NumberFormatException e) {
      throw InvalidInputException.of(
          path.toString(), "no layer of a run", "a model folder, or a run's layers or one of them");
    }
  }

  /** The description as one JSON object. */
  public String toJson() {
    var root = new ObjectMapper().createObjectNode().put("path", path.toString());
    network.ifPresent(
        config -> root.set("config", JsonFiles.parseObject("config", ConfigJson.write(config))));
    stages.forEach(root.putArray("stages")::add);
    missing.forEach(root.putArray("missing")::add);
    var list = root.putArray("pieces");
    for (var piece : pieces) {
      var out = list.addObject().put("name", piece.name()).put("file", piece.file().toString());
      out.put("bytes", piece.bytes()).put("stage", piece.stage()).put("step", piece.step());
      var tensors = out.putArray("tensors");
      for (TensorView tensor : piece.tensors()) {
        var entry = tensors.addObject().put("name", tensor.name());
        entry.put("type", tensor.type().name()).put("bytes", tensor.byteSize());
        var shape = entry.putArray("shape");
        for (long axis : tensor.shape()) {
          shape.add(axis);
        }
      }
    }
    return root.toPrettyString();
  }
}
