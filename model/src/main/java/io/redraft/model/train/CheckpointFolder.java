package io.redraft.model.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.files.FolderRemoval;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.SafetensorsWriter;
import io.redraft.model.safetensors.TensorOutput;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.train.config.TrainingConfig;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of a run, each a folder {@code step-N} with {@code state.safetensors} and {@code
 * run.json}. One is written into a folder of another name, forced to the disk and renamed, so that
 * a folder called {@code step-N} is always whole; the last two are kept.
 */
public final class CheckpointFolder {
  private static final Pattern NAME = Pattern.compile("step-(\\d+)");
  private static final int KEPT = 2;
  private static final String VECTORS = "vectors";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final List<ParameterLayout.Parameter> parameters;
  private final int size;
  private final int vectors;

  /** The checkpoints under a folder, of networks of this layout. */
  public CheckpointFolder(Path folder, ParameterLayout layout) {
    this(folder, layout.parameters(), 0);
  }

  /**
   * The checkpoints under a folder.
   *
   * @param parameters what learns, side by side
   * @param vectors numbers beside them that a step changes, see {@link Checkpoint#vectors}
   */
  public CheckpointFolder(Path folder, List<ParameterLayout.Parameter> parameters, int vectors) {
    this.folder = folder;
    this.parameters = List.copyOf(parameters);
    this.size = parameters.stream().mapToInt(ParameterLayout.Parameter::size).sum();
    this.vectors = vectors;
  }

  /** Steps of the whole checkpoints in a folder, ascending. */
  public static List<Long> steps(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> NAME.matcher(entry.getFileName().toString()))
          .filter(java.util.regex.Matcher::matches)
          .map(matcher -> Long.parseLong(matcher.group(1)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new InvalidInputException(
          folder.toString(), folder + ": cannot be read: " + e.getMessage());
    }
  }

  /**
   * Writes a checkpoint, then removes all but the last two.
   *
   * @throws IOException if the disk does not take it; names the folder
   */
  public void write(Checkpoint checkpoint) throws IOException {
    try {
      writeWhole(checkpoint);
    } catch (IOException e) {
      throw new IOException(folder + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private void writeWhole(Checkpoint checkpoint) throws IOException {
    Files.createDirectories(folder);
    var temporary = Files.createTempDirectory(folder, ".writing-");
    try {
      SafetensorsWriter.write(
          temporary.resolve("state.safetensors"), tensors(checkpoint), Map.of());
      AtomicFiles.write(temporary.resolve("run.json"), json(checkpoint));
      var target = folder.resolve("step-" + checkpoint.step());
      if (Files.exists(target)) {
        FolderRemoval.remove(target); // the same step again: equal content, written after a restart
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceFolder(folder);
    } finally {
      FolderRemoval.remove(temporary);
    }
    removeOld();
  }

  /** Objects to a checkpoint of another run before its weights are read. */
  @FunctionalInterface
  public interface Objection {
    /** Throws if the settings or the text are not those of the run at hand. */
    void raise(Map<String, String> config, String corpus);

    /**
     * Objects to other settings that bind a run, and to another text.
     *
     * @param corpus checksum of the training text
     */
    static Objection toOthersThan(TrainingConfig config, String corpus) {
      return (began, text) -> {
        config.refuseChangedSince(began);
        if (!text.equals(corpus)) {
          throw InvalidInputException.of(
              "data.files",
              "a text with checksum " + corpus,
              "the text that this run began with, checksum " + text);
        }
      };
    }
  }

  /** The newest checkpoint, if there is one and nothing objects to it. */
  public Optional<Checkpoint> newest(Objection objection) {
    var steps = steps(folder);
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    var newest = folder.resolve("step-" + steps.get(steps.size() - 1));
    var json = JsonFiles.readObject(newest.resolve("run.json"));
    Map<String, String> config = new LinkedHashMap<>();
    json.path("config").properties().forEach(e -> config.put(e.getKey(), e.getValue().asText()));
    var corpus = json.path("corpus").asText();
    objection.raise(config, corpus);
    List<Float> window = new ArrayList<>();
    json.path("window_bits").forEach(bits -> window.add(Float.intBitsToFloat(bits.asInt())));
    var counted =
        new TrainingLoop.State(
            json.path("step").asLong(),
            window,
            json.path("skipped").asLong(),
            json.path("skipped_in_a_row").asInt(),
            json.path("micro_batch").asInt(Integer.MAX_VALUE));
    var file = SafetensorsFile.open(newest.resolve("state.safetensors"));
    return Optional.of(
        new Checkpoint(
            counted, state(file, json.path("updates").asLong()), vectors(file), config, corpus));
  }

  private float[] vectors(SafetensorsFile file) {
    var values = new float[vectors];
    if (vectors > 0) {
      checked(file, VECTORS, vectors).readFloat32(0, FloatBuffer.wrap(values));
    }
    return values;
  }

  private static TensorView checked(SafetensorsFile file, String name, int elements) {
    var tensor = file.tensor(name);
    if (tensor.elements() != elements) {
      throw InvalidInputException.of(
          tensor.name(), tensor.elements() + " elements", elements + " elements");
    }
    return tensor;
  }

  private OptimizerState state(SafetensorsFile file, long updates) {
    return new OptimizerState(
        flat(file, "weights"),
        flat(file, "first_moment"),
        flat(file, "second_moment"),
        flat(file, "average"),
        updates);
  }

  private float[] flat(SafetensorsFile file, String group) {
    var flat = new float[size];
    for (var parameter : parameters) {
      checked(file, group + "." + parameter.name(), parameter.size())
          .readFloat32(0, FloatBuffer.wrap(flat, parameter.offset(), parameter.size()));
    }
    return flat;
  }

  private List<TensorOutput> tensors(Checkpoint checkpoint) {
    var state = checkpoint.state();
    List<TensorOutput> tensors = new ArrayList<>();
    group(tensors, "weights", state.weights());
    group(tensors, "first_moment", state.firstMoment());
    group(tensors, "second_moment", state.secondMoment());
    group(tensors, "average", state.average());
    if (vectors > 0) {
      var values = FloatBuffer.wrap(checkpoint.vectors());
      tensors.add(TensorOutput.float32(VECTORS, new long[] {vectors}, values));
    }
    return tensors;
  }

  private void group(List<TensorOutput> tensors, String group, float[] flat) {
    for (var parameter : parameters) {
      var values = FloatBuffer.wrap(flat, parameter.offset(), parameter.size()).slice();
      tensors.add(
          TensorOutput.float32(group + "." + parameter.name(), parameter.dimensions(), values));
    }
  }

  private static byte[] json(Checkpoint checkpoint) throws IOException {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("step", checkpoint.step());
    out.put("updates", checkpoint.state().updates());
    out.put("skipped", checkpoint.counted().skipped());
    out.put("skipped_in_a_row", checkpoint.counted().skippedInARow());
    out.put("micro_batch", checkpoint.counted().microBatch());
    out.put("corpus", checkpoint.corpus());
    // Bit patterns: a loss may be NaN, and none may be rounded.
    out.put(
        "window_bits",
        checkpoint.counted().window().stream().map(Float::floatToRawIntBits).toList());
    out.put("config", checkpoint.config());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(out);
  }

  private void removeOld() throws IOException {
    var steps = steps(folder);
    for (var step : steps.subList(0, Math.max(0, steps.size() - KEPT))) {
      // Renamed first: a folder that is half removed must not look whole.
      var doomed = folder.resolve(".removing-" + step);
      Files.move(folder.resolve("step-" + step), doomed, StandardCopyOption.ATOMIC_MOVE);
      FolderRemoval.remove(doomed);
    }
  }

  /** Removes what a killed process left half written or half removed. */
  public void sweep() throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> leftovers;
    try (Stream<Path> entries = Files.list(folder)) {
      leftovers = entries.filter(entry -> entry.getFileName().toString().startsWith(".")).toList();
    }
    for (var leftover : leftovers) {
      FolderRemoval.remove(leftover);
    }
  }
}
