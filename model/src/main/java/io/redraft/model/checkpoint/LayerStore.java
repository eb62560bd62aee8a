package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.SafetensorsWriter;
import io.redraft.model.safetensors.TensorOutput;
import io.redraft.model.safetensors.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The committed layers of a run: its folder {@code layers/}, with a safetensors file a block, one
 * for the embeddings and one for the last norm and the head, and {@code manifest.json}, which says
 * which file is the newest version of what, and which stage committed it.
 *
 * <p>A commit writes new files under names that no version before had, forces them to the disk, and
 * then replaces the manifest: that rename is the commit. Whenever the process dies, the manifest
 * there is names whole files, those of before or those of after. Files that it does not name are
 * removed after a commit, and by {@link #sweep} after a death.
 *
 * <p>Any number of processes may read; the one that commits and sweeps holds the run's {@link
 * RunLock}, and does so with one store. Safe for use by several threads; what is committed is told
 * while another thread commits.
 */
public final class LayerStore {
  /** Name of the folder in a run's folder. */
  public static final String FOLDER = "layers";

  /** Name of the file that says what is committed. */
  public static final String MANIFEST = "manifest.json";

  private final Path folder;
  private final Map<String, LayerPiece> shapes = new LinkedHashMap<>();
  private final Map<String, SafetensorsFile> opened = new HashMap<>();
  private volatile LayerManifest manifest;

  private LayerStore(Path folder, LayerManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
    LayerPiece.of(manifest.network()).forEach(piece -> shapes.put(piece.name(), piece));
  }

  /**
   * Opens the layers of a run, or those of one that has none yet.
   *
   * @param folder its folder {@code layers/}
   * @throws InvalidInputException if what is there belongs to another network, with what differs
   */
  public static LayerStore open(Path folder, NetworkConfig network) {
    if (!Files.exists(folder.resolve(MANIFEST))) {
      return new LayerStore(folder, LayerManifest.empty(network));
    }
    var manifest = LayerManifest.read(folder.resolve(MANIFEST));
    var differences = manifest.differences(network);
    if (!differences.isEmpty()) {
      throw InvalidInputException.of(
          folder.toString(),
          "layers of another network",
          "layers of this run's; they differ in " + String.join(", ", differences));
    }
    return new LayerStore(folder, manifest);
  }

  /**
   * Opens the layers that a folder has, whatever their network.
   *
   * @throws InvalidInputException if there are none
   */
  public static LayerStore open(Path folder) {
    return new LayerStore(folder, LayerManifest.read(folder.resolve(MANIFEST)));
  }

  /** The network that all pieces make together. */
  public NetworkConfig network() {
    return manifest.network();
  }

  /** Numbers of the stages that are committed, ascending. */
  public List<Integer> committed() {
    return List.copyOf(manifest.stages().keySet());
  }

  /** Names of the pieces that were never committed, in the order of the computation. */
  public List<String> missing() {
    return shapes.keySet().stream().filter(name -> !manifest.pieces().containsKey(name)).toList();
  }

  /** Whether a weight of a standard name is committed. */
  public boolean has(String weight) {
    var piece = shapes.get(LayerPiece.holding(weight));
    return piece != null
        && piece.shapes().containsKey(weight)
        && manifest.pieces().containsKey(piece.name());
  }

  /** A weight in float32. */
  public float[] read(String weight) {
    return view(weight).toFloat32();
  }

  /**
   * A weight in the mapped file. The file's checksum is checked when its first weight is asked for.
   *
   * @throws InvalidInputException if it is not committed, or its file is damaged
   */
  public synchronized TensorView view(String weight) {
    if (!has(weight)) {
      throw InvalidInputException.inFile(
          folder.toString(), weight, "not committed; committed stages: " + committed());
    }
    return file(LayerPiece.holding(weight)).tensor(weight);
  }

  /**
   * What the newest version of a piece is told from others by: name, length and checksum of its
   * file, which is checked. Nothing where none is committed.
   *
   * @param piece its name
   * @throws InvalidInputException if the file is damaged
   */
  public synchronized Optional<String> version(String piece) {
    return Optional.ofNullable(manifest.pieces().get(piece))
        .map(
            entry -> {
              file(piece);
              return "%s, %d bytes, %s".formatted(entry.file(), entry.bytes(), entry.checksum());
            });
  }

  /** Everything that is committed, in the order of the computation. */
  public synchronized List<CommittedPiece> pieces() {
    return shapes.keySet().stream()
        .filter(manifest.pieces()::containsKey)
        .map(this::piece)
        .toList();
  }

  private CommittedPiece piece(String name) {
    var entry = manifest.pieces().get(name);
    var file = file(name);
    return new CommittedPiece(
        name,
        folder.resolve(entry.file()),
        entry.bytes(),
        entry.stage(),
        entry.step(),
        file.names().stream().map(file::tensor).toList());
  }

  private SafetensorsFile file(String piece) {
    return opened.computeIfAbsent(piece, name -> checked(name, manifest.pieces().get(name)));
  }

  private SafetensorsFile checked(String name, LayerManifest.Entry entry) {
    var path = folder.resolve(entry.file());
    var found = FileChecksum.of(path);
    if (!found.equals(new FileChecksum(entry.bytes(), entry.checksum()))) {
      throw InvalidInputException.of(
          path.toString(),
          found,
          new FileChecksum(entry.bytes(), entry.checksum()) + ", as the manifest says");
    }
    var file = SafetensorsFile.open(path);
    shapes
        .get(name)
        .shapes()
        .forEach(
            (weight, shape) -> {
              var there = file.tensor(weight).shape();
              if (!Arrays.equals(there, shape)) {
                throw InvalidInputException.inFile(
                    path.toString(),
                    weight,
                    "shape %s, not %s".formatted(Arrays.toString(there), Arrays.toString(shape)));
              }
            });
    return file;
  }

  /**
   * Commits what a stage has learned. Weights of a piece that are not given stay as committed
   * before. A stage that is committed and was built upon by later ones is left as it is.
   *
   * @param stage number of the stage
   * @param step steps that it has taken
   * @param tensors weights by their standard names, row-major
   * @throws InvalidInputException if a weight is none of the network's, has another length, or is
   *     missing from a piece that is new
   */
  public synchronized void commit(int stage, long step, Map<String, float[]> tensors)
      throws IOException {
    if (stage < 1 || step < 0) {
      throw InvalidInputException.of("stage", stage + " at step " + step, "1 or more, 0 or more");
    }
    var newest = manifest.stages().isEmpty() ? 0 : manifest.stages().lastKey();
    if (stage < newest) {
      if (manifest.stages().containsKey(stage)) {
        return;
      }
      throw InvalidInputException.of(
          "stage", stage, newest + " or more, the newest that is committed");
    }
    Files.createDirectories(folder);
    Map<String, LayerManifest.Entry> written = new TreeMap<>();
    for (var piece : touched(tensors.keySet())) {
      written.put(piece.name(), write(piece, stage, step, tensors));
    }
    AtomicFiles.forceFolder(folder);
    var next = manifest.with(stage, step, written);
    AtomicFiles.write(folder.resolve(MANIFEST), next.toBytes()); // the commit
    manifest = next;
    opened.keySet().removeAll(written.keySet());
    sweep();
  }

  private List<LayerPiece> touched(Set<String> weights) {
    for (var weight : weights) {
      var piece = shapes.get(LayerPiece.holding(weight));
      if (piece == null || !piece.shapes().containsKey(weight)) {
        throw InvalidInputException.of("weight", weight, "a weight of this network");
      }
    }
    var names = weights.stream().map(LayerPiece::holding).collect(Collectors.toSet());
    return shapes.values().stream().filter(piece -> names.contains(piece.name())).toList();
  }

  private LayerManifest.Entry write(
      LayerPiece piece, int stage, long step, Map<String, float[]> tensors) throws IOException {
    List<TensorOutput> outputs = new ArrayList<>();
    for (var weight : piece.shapes().entrySet()) {
      outputs.add(output(weight.getKey(), weight.getValue(), tensors.get(weight.getKey())));
    }
    var name = "%s.stage-%d.%d.safetensors".formatted(piece.name(), stage, manifest.revision() + 1);
    SafetensorsWriter.write(
        folder.resolve(name),
        outputs,
        Map.of(
            "piece", piece.name(), "stage", Integer.toString(stage), "step", Long.toString(step)));
    var sum = FileChecksum.of(folder.resolve(name));
    return new LayerManifest.Entry(name, sum.bytes(), sum.checksum(), stage, step);
  }

  private TensorOutput output(String name, long[] shape, float[] values) {
    if (values == null) {
      return TensorOutput.copyOf(view(name));
    }
    if (values.length != TensorView.elementsOf(shape)) {
      throw InvalidInputException.of(
          name, values.length + " values", TensorView.elementsOf(shape) + " values");
    }
    return TensorOutput.float32(name, shape, values);
  }

  /** Removes files that the manifest does not name: old versions, and what a death left behind. */
  public synchronized void sweep() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    var named =
        manifest.pieces().values().stream()
            .map(LayerManifest.Entry::file)
            .collect(Collectors.toSet());
    List<Path> leftovers;
    try (Stream<Path> files = Files.list(folder)) {
      leftovers = files.filter(file -> leftover(file.getFileName().toString(), named)).toList();
    }
    for (var leftover : leftovers) {
      Files.deleteIfExists(leftover);
    }
  }

  private static boolean leftover(String file, Set<String> named) {
    return file.endsWith(".tmp") || file.endsWith(".safetensors") && !named.contains(file);
  }
}
