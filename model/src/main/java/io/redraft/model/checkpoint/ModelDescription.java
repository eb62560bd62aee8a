package io.redraft.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.TokenizerDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a model folder holds.
 *
 * @param path the folder
 * @param config shape of the network
 * @param tokenizer its tokenizer
 * @param tensors everything in its weight files, by name
 * @param decoding how it is decoded where a request does not say
 * @param bytes size of all files of the folder together
 */
public record ModelDescription(
    Path path,
    NetworkConfig config,
    TokenizerDescription tokenizer,
    List<TensorView> tensors,
    DecodeOptions decoding,
    long bytes) {

  /** Describes a model. */
  public static ModelDescription of(ModelFolder model) {
    return new ModelDescription(
        model.path(),
        model.config(),
        TokenizerDescription.of(model.path().resolve("tokenizer.json")),
        model.weights().names().stream().map(model.weights()::tensor).toList(),
        model.decoding(),
        sizeOf(model.path()));
  }

  /** The decoding options by their names in {@code generation_config.json}, in one line. */
  public String decodingText() {
    List<String> options = new ArrayList<>();
    GenerationConfigJson.write(decoding)
        .properties()
        .forEach(option -> options.add(option.getKey() + " " + option.getValue().asText()));
    return String.join(", ", options);
  }

  /** The description as one JSON object. */
  public String toJson() {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode().put("path", path.toString());
    root.set("config", JsonFiles.parseObject("config.json", ConfigJson.write(config)));
    root.put("parameters", config.parameters()).put("bytes", bytes);
    ObjectNode vocabulary = root.putObject("tokenizer");
    vocabulary.put("algorithm", tokenizer.algorithm()).put("tokens", tokenizer.tokens());
    vocabulary.set("special_tokens", mapper.valueToTree(tokenizer.specials()));
    root.set("generation_config", GenerationConfigJson.write(decoding));
    ArrayNode list = root.putArray("tensors");
    for (TensorView tensor : tensors) {
      ObjectNode entry = list.addObject().put("name", tensor.name());
      entry.put("type", tensor.type().name()).put("scaled", tensor.quantized());
      ArrayNode shape = entry.putArray("shape");
      for (long axis : tensor.shape()) {
        shape.add(axis);
      }
      entry.put("bytes", tensor.byteSize());
    }
    return root.toPrettyString();
  }

  private static long sizeOf(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
