package io.redraft.model.checkpoint;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.nn.TimeConditioning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A model's {@code config.json}, in the keys of Hugging Face's Llama. Seven keys are ours: {@code
 * attention_mode} ({@code bidirectional}, {@code causal} or {@code block_causal}), {@code
 * mask_token_id}, for weights that can attend block-causally {@code attention_blocks}, for a
 * denoiser that is told its mask ratio {@code time_conditioning} and {@code time_buckets}, and for
 * one whose blocks stand for mask ratios {@code depth_ratios} and {@code depth_execution}. A
 * denoiser has the {@code model_type} {@code redraft}; a causal model is a {@code llama} with which
 * Hugging Face's own code can work.
 *
 * <p>Keys that change nothing in the network's computation are read past ({@link #IGNORED}); keys
 * that would change it must say what this network does ({@link #checkFixed}); any other key is
 * refused, because a model that ignores part of its configuration computes something else.
 */
final class ConfigJson {
  private static final Set<String> READ =
      Set.of(
          "model_type",
          "attention_mode",
          "attention_blocks",
          "depth_ratios",
          "depth_execution",
          "depth_bands",
          "vocab_size",
          "hidden_size",
          "num_hidden_layers",
          "num_attention_heads",
          "num_key_value_heads",
          "head_dim",
          "intermediate_size",
          "max_position_embeddings",
          "rms_norm_eps",
          "rope_theta",
          "rope_parameters",
          "tie_word_embeddings",
          "mask_token_id",
          "time_conditioning",
          "time_buckets",
          "bos_token_id",
          "eos_token_id");

  private static final Set<String> FIXED =
      Set.of("hidden_act", "attention_bias", "mlp_bias", "rope_scaling");

  /** Keys that tell about training, storage or other programs. */
  private static final Set<String> IGNORED =
      Set.of(
          "architectures",
          "torch_dtype",
          "dtype",
          "transformers_version",
          "initializer_range",
          "attention_dropout",
          "use_cache",
          "pad_token_id",
          "pretraining_tp",
          "_name_or_path");

  private static final TimeConditioning.Kind[] KINDS = TimeConditioning.Kind.values();

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final String file;
  private final JsonNode root;

  private ConfigJson(String file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /** Reads a configuration file. */
  static NetworkConfig read(Path path) {
    return parse(path.toString(), JsonFiles.readObject(path));
  }

  /** Reads a configuration; {@code file} is for errors. */
  static NetworkConfig parse(String file, JsonNode root) {
    return new ConfigJson(file, root).toConfig();
  }

  /** The content of the file for a network. */
  static String write(NetworkConfig config) {
    boolean causal = config.attention() == AttentionMode.CAUSAL;
    ObjectNode root = MAPPER.createObjectNode();
    if (causal) {
      root.putArray("architectures").add("LlamaForCausalLM");
    }
    root.put("model_type", causal ? "llama" : "redraft");
    root.put("attention_mode", config.attention().name().toLowerCase(Locale.ROOT));
    if (!config.attentionBlocks().isEmpty()) {
      config.attentionBlocks().forEach(root.putArray("attention_blocks")::add);
    }
    if (!config.depth().none()) {
      config.depthRatios().forEach(root.putArray("depth_ratios")::add);
      root.put("depth_execution", Choice.key(config.depth().execution()));
      if (!config.depth().bands().isEmpty()) {
        var bands = root.putArray("depth_bands");
        config
            .depth()
            .bands()
            .forEach(band -> bands.addArray().add(band.lowest()).add(band.highest()));
      }
    }
    root.put("vocab_size", config.vocabularySize());
    root.put("hidden_size", config.width());
    root.put("num_hidden_layers", config.layers());
    root.put("num_attention_heads", config.heads());
    root.put("num_key_value_heads", config.keyValueHeads());
    root.put("head_dim", config.headWidth());
    root.put("intermediate_size", config.feedForwardWidth());
    root.put("hidden_act", "silu");
    root.put("max_position_embeddings", config.contextLength());
    root.put("rms_norm_eps", config.normEpsilon());
    root.put("rope_theta", config.ropeTheta());
    root.put("tie_word_embeddings", config.tiedHead());
    putToken(root, "mask_token_id", config.maskToken());
    putToken(root, "bos_token_id", config.beginToken());
    putToken(root, "eos_token_id", config.endToken());
    if (!config.time().none()) {
      root.put("time_conditioning", Choice.key(config.time().kind()));
    }
    if (config.time().kind() == TimeConditioning.Kind.TABLE) {
      root.put("time_buckets", config.time().buckets());
    }
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    try {
      return MAPPER.writer(printer).writeValueAsString(root) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a tree of plain values can always be written
    }
  }

  private static void putToken(ObjectNode root, String key, int token) {
    if (token >= 0) {
      root.put(key, token);
    } else {
      root.putNull(key);
    }
  }

  private NetworkConfig toConfig() {
    for (String key : (Iterable<String>) root::fieldNames) {
      if (!READ.contains(key) && !FIXED.contains(key) && !IGNORED.contains(key)) {
        throw bad(key, "unknown key");
      }
    }
    checkFixed();
    int heads = integer("num_attention_heads");
    int width = integer("hidden_size");
    try {
      return new NetworkConfig(
          integer("vocab_size"),
          width,
          integer("num_hidden_layers"),
          heads,
          root.hasNonNull("num_key_value_heads") ? integer("num_key_value_heads") : heads,
          root.hasNonNull("head_dim") ? integer("head_dim") : width / Math.max(1, heads),
          integer("intermediate_size"),
          integer("max_position_embeddings"),
          number(root, "rms_norm_eps", 1e-6),
          number(root, "rope_theta", number(root.path("rope_parameters"), "rope_theta", 10000)),
          flag("tie_word_embeddings"),
          attention(),
          token("mask_token_id"),
          token("bos_token_id"),
          token("eos_token_id"),
          time(),
          blocks(),
          depth());
    } catch (InvalidInputException e) {
      throw e.getMessage().startsWith(file)
          ? e
          : new InvalidInputException(e.field(), file + ": " + e.getMessage());
    }
  }

  /** Refuses settings of other networks of the Llama family that this one does not compute. */
  private void checkFixed() {
    fixed("hidden_act", root.path("hidden_act").asText("silu").equals("silu"), "silu");
    fixed("attention_bias", !root.path("attention_bias").asBoolean(), "false");
    fixed("mlp_bias", !root.path("mlp_bias").asBoolean(), "false");
    for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
      JsonNode rope = root.path(key);
      String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
      fixed(key, type.equals("default"), "null, or rope_type default");
    }
  }

  private void fixed(String key, boolean holds, String allowed) {
    if (!holds) {
      throw bad(key, root.get(key) + "; allowed: " + allowed);
    }
  }

  private AttentionMode attention() {
    String type = root.path("model_type").asText();
    if (!type.equals("redraft") && !type.equals("llama")) {
      throw bad("model_type", shown("model_type") + "; allowed: redraft, llama");
    }
    String mode =
        root.path("attention_mode").asText(type.equals("llama") ? "causal" : "bidirectional");
    boolean llama = type.equals("llama");
    if (!mode.matches(llama ? "causal" : "bidirectional|causal|block_causal")) {
      throw bad(
          "attention_mode",
          mode + "; allowed: causal" + (llama ? " for a llama" : ", bidirectional, block_causal"));
    }
    return AttentionMode.valueOf(mode.toUpperCase(Locale.ROOT));
  }

  private List<Integer> blocks() {
    JsonNode value = root.path("attention_blocks");
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    var sizes = new ArrayList<Integer>();
    value.forEach(size -> sizes.add(size.isInt() ? size.asInt() : 0));
    if (!value.isArray() || sizes.contains(0)) {
      throw bad("attention_blocks", value + "; allowed: a list of whole numbers");
    }
    return sizes;
  }

  private DepthTime depth() {
    JsonNode value = root.path("depth_ratios");
    if (value.isMissingNode() || value.isNull()) {
      fixed("depth_execution", !root.hasNonNull("depth_execution"), "none, without depth_ratios");
      fixed("depth_bands", !root.hasNonNull("depth_bands"), "none, without depth_ratios");
      return DepthTime.NONE;
    }
    var ratios = new ArrayList<Double>();
    value.forEach(ratio -> ratios.add(ratio.isNumber() ? ratio.asDouble() : Double.NaN));
    if (!value.isArray() || ratios.isEmpty() || ratios.contains(Double.NaN)) {
      throw bad("depth_ratios", value + "; allowed: a list of numbers");
    }
    var execution = root.path("depth_execution").asText(Choice.key(DepthExecution.SUFFIX));
    return new DepthTime(
        ratios, Choice.of("depth_execution", execution, DepthExecution.values()), bands());
  }

  private List<DepthTime.Band> bands() {
    JsonNode value = root.path("depth_bands");
    if (value.isMissingNode() || value.isNull()) {
      return List.of();
    }
    var bands = new ArrayList<DepthTime.Band>();
    for (JsonNode band : value) {
      if (band.size() != 2 || !band.path(0).isNumber() || !band.path(1).isNumber()) {
        throw bad("depth_bands", value + "; allowed: a list of [lowest, highest]");
      }
      bands.add(new DepthTime.Band(band.path(0).asDouble(), band.path(1).asDouble()));
    }
    if (!value.isArray() || bands.isEmpty()) {
      throw bad("depth_bands", value + "; allowed: a list of [lowest, highest]");
    }
    return bands;
  }

  private TimeConditioning time() {
    JsonNode value = root.path("time_conditioning");
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw bad("time_conditioning", value + "; allowed: " + Choice.keys(KINDS));
    }
    var kind = Choice.of("time_conditioning", value.asText(Choice.key(KINDS[0])), KINDS);
    if (kind != TimeConditioning.Kind.TABLE) {
      fixed("time_buckets", !root.hasNonNull("time_buckets"), "none, without a table");
      return new TimeConditioning(kind, 0);
    }
    return new TimeConditioning(kind, integer("time_buckets"));
  }

  private int integer(String key) {
    if (!root.path(key).isInt()) {
      throw bad(key, shown(key) + "; allowed: a whole number");
    }
    return root.get(key).asInt();
  }

  private double number(JsonNode object, String key, double otherwise) {
    JsonNode value = object.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw bad(key, value + "; allowed: a number");
    }
    return value.asDouble();
  }

  private boolean flag(String key) {
    JsonNode value = root.path(key);
    if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
      throw bad(key, value + "; allowed: true, false");
    }
    return value.asBoolean();
  }

  /** A token id; of several, as newer Llamas have for the end, the first. */
  private int token(String key) {
    JsonNode value = root.path(key).isArray() ? root.path(key).path(0) : root.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return -1;
    }
    if (!value.isInt() || value.asInt() < 0) {
      throw bad(key, root.get(key) + "; allowed: a token id, or null");
    }
    return value.asInt();
  }

  private String shown(String key) {
    return root.has(key) ? root.get(key).toString() : "missing";
  }

  private InvalidInputException bad(String key, String problem) {
    return new InvalidInputException(key, file + ": " + key + ": " + problem);
  }
}
