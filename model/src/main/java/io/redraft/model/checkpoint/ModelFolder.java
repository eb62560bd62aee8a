package io.redraft.model.checkpoint;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.files.AtomicFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.SafetensorsFile;
import io.redraft.model.safetensors.SafetensorsWriter;
import io.redraft.model.safetensors.ShardedSafetensors;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.Tokenizer;
import io.redraft.model.text.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A model on disk: a folder with {@code config.json}, {@code tokenizer.json}, {@code
 * model.safetensors} (or its shards and their index) and perhaps {@code generation_config.json}.
 * Whoever holds one knows that the parts are there and fit together; the weights themselves are
 * read from the mapped file when asked for.
 *
 * @param path the folder
 * @param config shape of the network
 * @param tokenizer its tokenizer; as many tokens as the network has
 * @param weights all tensors of {@link WeightLayout}, each in its shape
 * @param decoding how it is decoded where a request does not say
 */
public record ModelFolder(
    Path path,
    NetworkConfig config,
    Tokenizer tokenizer,
    TensorSource weights,
    DecodeOptions decoding) {
  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final String GENERATION = "generation_config.json";
  private static final String CARD = "README.md";

  /**
   * Opens a model.
   *
   * @throws InvalidInputException if a part is missing, cut short or does not fit the others; the
   *     message names the file and the field
   */
  public static ModelFolder open(Path path) {
    requireFolder(path);
    NetworkConfig config = ConfigJson.read(path.resolve(CONFIG));
    DecodeOptions decoding = GenerationConfigJson.read(path.resolve(GENERATION), config);
    TensorSource weights = openWeights(path);
    checkShapes(path, config, weights);
    Tokenizer tokenizer = Tokenizers.open(path.resolve(TOKENIZER));
    checkTokenizer(path, config, tokenizer);
    return new ModelFolder(path, config, tokenizer, weights, decoding);
  }

  /** The configuration alone, without opening the weights. */
  public static NetworkConfig readConfig(Path path) {
    requireFolder(path);
    return ConfigJson.read(path.resolve(CONFIG));
  }

  /** The content of its {@code tokenizer.json}. */
  public String tokenizerJson() {
    Path file = path.resolve(TOKENIZER);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new InvalidInputException(
          file.toString(), file + ": cannot be read: " + e.getMessage());
    }
  }

  /**
   * Writes a new model. The folder appears whole or not at all.
   *
   * @throws InvalidInputException if there is something at {@code path} already
   */
  public static void write(Path path, ModelContent content) throws IOException {
    if (Files.exists(path) && !isEmptyFolder(path)) {
      throw InvalidInputException.of(path.toString(), "there already", "a name that is free");
    }
    AtomicFolders.create(path, folder -> writeParts(folder, content));
  }

  /** Writes a model in the place of the one at {@code path}, if there is one. */
  public static void replace(Path path, ModelContent content) throws IOException {
    AtomicFolders.replace(path, folder -> writeParts(folder, content));
  }

  private static void writeParts(Path folder, ModelContent content) throws IOException {
    AtomicFiles.write(folder.resolve(CONFIG), utf8(ConfigJson.write(content.config())));
    AtomicFiles.write(folder.resolve(TOKENIZER), utf8(content.tokenizerJson()));
    SafetensorsWriter.write(folder.resolve(WEIGHTS), content.weights(), content.metadata());
    if (!content.card().isEmpty()) {
      AtomicFiles.write(folder.resolve(CARD), utf8(content.card()));
    }
    open(folder); // what cannot be opened again is not put in place
  }

  private static void requireFolder(Path path) {
    if (!Files.isDirectory(path)) {
      throw InvalidInputException.of(
          path.toString(), Files.exists(path) ? "a file" : "missing", "a model folder");
    }
  }

  private static TensorSource openWeights(Path path) {
    Path index = path.resolve(INDEX);
    return Files.exists(index)
        ? ShardedSafetensors.open(index)
        : SafetensorsFile.open(path.resolve(WEIGHTS));
  }

  private static void checkShapes(Path path, NetworkConfig config, TensorSource weights) {
    Map<String, long[]> expected = WeightLayout.of(config);
    for (Map.Entry<String, long[]> entry : expected.entrySet()) {
      if (!weights.names().contains(entry.getKey())) {
        throw misfit(path, entry.getKey(), "missing");
      }
      TensorView tensor = weights.tensor(entry.getKey());
      if (!Arrays.equals(tensor.shape(), entry.getValue())) {
        throw misfit(
            path,
            entry.getKey(),
            "shape "
                + Arrays.toString(tensor.shape())
                + "; "
                + CONFIG
                + " asks for "
                + Arrays.toString(entry.getValue()));
      }
      if (!tensor.type().floating() && !tensor.quantized()) {
        throw misfit(path, entry.getKey(), tensor.type() + " without scales");
      }
    }
    for (String name : weights.names()) {
      if (!expected.containsKey(name) && !tolerated(name, config, weights)) {
        throw misfit(path, name, "not a weight of the network that " + CONFIG + " describes");
      }
    }
  }

  /** Scales, a head beside a tied embedding, and the rotary tables that old exports carry. */
  private static boolean tolerated(String name, NetworkConfig config, TensorSource weights) {
    if (name.endsWith(TensorView.SCALES)) {
      String base = name.substring(0, name.length() - TensorView.SCALES.length());
      return weights.names().contains(base) && weights.tensor(base).quantized();
    }
    return name.endsWith("rotary_emb.inv_freq")
        || (config.tiedHead() && name.equals("lm_head.weight"));
  }

  private static void checkTokenizer(Path path, NetworkConfig config, Tokenizer tokenizer) {
    String file = path.resolve(TOKENIZER).toString();
    if (tokenizer.vocabularySize() != config.vocabularySize()) {
      throw InvalidInputException.inFile(
          file,
          "model.vocab",
          tokenizer.vocabularySize()
              + " tokens; "
              + CONFIG
              + " says vocab_size "
              + config.vocabularySize());
    }
    int mask = config.maskToken();
    if (mask >= 0 && tokenizer.piece(mask).length > 0) {
      throw InvalidInputException.inFile(
          file,
          "added_tokens",
          "token " + mask + " is the mask in " + CONFIG + ", but not special");
    }
  }

  private static InvalidInputException misfit(Path path, String tensor, String problem) {
    return InvalidInputException.inFile(path.resolve(WEIGHTS).toString(), tensor, problem);
  }

  private static boolean isEmptyFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (var entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
