package io.redraft.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CacheMode;
import io.redraft.model.decode.DecodeOptions;
import io.redraft.model.decode.Guidance;
import io.redraft.model.decode.GuidanceSchedule;
import io.redraft.model.decode.RevealPolicy;
import io.redraft.model.decode.Sampling;
import io.redraft.model.decode.StepGrid;
import io.redraft.model.files.JsonFiles;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.NetworkConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A model's {@code generation_config.json}: how it is decoded where a request does not say. {@code
 * temperature}, {@code top_k}, {@code top_p} and {@code do_sample} are Hugging Face's keys; the
 * others are the names that the API has for its decoding options. Keys that other programs put
 * there for themselves are read past, any other is refused.
 */
final class GenerationConfigJson {
  private static final Set<String> READ =
      Set.of(
          "do_sample",
          "temperature",
          "top_k",
          "top_p",
          "policy",
          "threshold",
          "factor",
          "gamma",
          "steps",
          "block",
          "grid",
          "confidence_stop",
          "remask",
          "cache",
          "attention",
          "guidance",
          "guidance_schedule",
          "patience",
          "window",
          "min_tokens",
          "batch_invariant",
          "execution");

  private static final Set<String> IGNORED =
      Set.of(
          "_from_model_config",
          "transformers_version",
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "max_length",
          "use_cache");

  /** The policy that a number belongs to. */
  private static final Map<String, String> OWNERS =
      Map.of("threshold", "threshold", "factor", "factor", "gamma", "entropy");

  private final String file;
  private final JsonNode root;

  private GenerationConfigJson(String file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /** Reads a file; what it leaves out, or all where there is none, is the network's default. */
  static DecodeOptions read(Path path, NetworkConfig network) {
    return Files.exists(path)
        ? parse(path.toString(), JsonFiles.readObject(path), network)
        : DecodeOptions.defaults(network);
  }

  /** Reads the content of a file; {@code file} is for errors. */
  static DecodeOptions parse(String file, JsonNode root, NetworkConfig network) {
    try {
      var options = new GenerationConfigJson(file, root).options(DecodeOptions.defaults(network));
      options.check(network);
      return options;
    } catch (InvalidInputException e) {
      throw e.getMessage().startsWith(file)
          ? e
          : new InvalidInputException(e.field(), file + ": " + e.getMessage());
    }
  }

  /** What the file says where it says everything. */
  static ObjectNode write(DecodeOptions options) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    RevealPolicy policy = options.policy();
    root.put("policy", policy.key());
    if (policy instanceof RevealPolicy.Threshold numbered) {
      root.put("threshold", numbered.threshold());
    } else if (policy instanceof RevealPolicy.Factor numbered) {
      root.put("factor", numbered.factor());
    } else if (policy instanceof RevealPolicy.Entropy numbered) {
      root.put("gamma", numbered.gamma());
    }
    options.steps().ifPresent(steps -> root.put("steps", steps));
    root.put("block", options.block()).put("grid", Choice.key(options.grid()));
    Sampling sampling = options.sampling();
    root.put("temperature", sampling.temperature());
    root.put("top_k", sampling.topK()).put("top_p", sampling.topP());
    options.confidenceStop().ifPresent(stop -> root.put("confidence_stop", stop));
    options.remask().ifPresent(remask -> root.put("remask", remask));
    root.put("cache", Choice.key(options.cache()));
    root.put("attention", Choice.key(options.attention()));
    options.patience().ifPresent(patience -> root.put("patience", patience));
    if (options.window() > 0) {
      root.put("window", options.window());
    }
    if (options.minTokens() > 0) {
      root.put("min_tokens", options.minTokens());
    }
    if (options.batchInvariant()) {
      root.put("batch_invariant", true);
    }
    options.execution().ifPresent(kind -> root.put("execution", Choice.key(kind)));
    if (options.guidance().on()) {
      root.put("guidance", options.guidance().weight());
      root.put("guidance_schedule", Choice.key(options.guidance().schedule()));
    }
    return root;
  }

  private DecodeOptions options(DecodeOptions defaults) {
    for (String key : (Iterable<String>) root::fieldNames) {
      if (!READ.contains(key) && !IGNORED.contains(key)) {
        throw bad(key, "unknown key");
      }
    }
    DecodeOptions options =
        defaults
            .withPolicy(policy())
            .withBlock(integer("block", defaults.block()))
            .withGrid(Choice.of("grid", text("grid", "uniform"), StepGrid.values()))
            .withCache(
                Choice.of("cache", text("cache", Choice.key(defaults.cache())), CacheMode.values()))
            .withAttention(
                Choice.of(
                    "attention",
                    text("attention", Choice.key(defaults.attention())),
                    AttentionMode.values()))
            .withSampling(sampling())
            .withGuidance(guidance())
            .withWindow(integer("window", 0))
            .withMinTokens(integer("min_tokens", 0))
            .withBatchInvariant(flag("batch_invariant", false));
    if (root.hasNonNull("patience")) {
      options = options.withPatience(integer("patience", 0));
    }
    if (root.hasNonNull("execution")) {
      options =
          options.withExecution(
              Choice.of("execution", text("execution", ""), DepthExecution.values()));
    }
    if (root.hasNonNull("steps")) {
      options = options.withSteps(integer("steps", 0));
    }
    if (root.hasNonNull("confidence_stop")) {
      options = options.withConfidenceStop(number("confidence_stop", 0));
    }
    return root.hasNonNull("remask") ? options.withRemask(number("remask", 0)) : options;
  }

  private Guidance guidance() {
    double weight = number("guidance", 0);
    if (weight == 0 && root.hasNonNull("guidance_schedule")) {
      throw bad(
          "guidance_schedule", root.get("guidance_schedule") + "; allowed: only with guidance");
    }
    var schedule = text("guidance_schedule", "constant");
    return new Guidance(
        weight, Choice.of("guidance_schedule", schedule, GuidanceSchedule.values()));
  }

  private Sampling sampling() {
    var sampling =
        new Sampling(
            number("temperature", Sampling.GREEDY.temperature()),
            integer("top_k", Sampling.GREEDY.topK()),
            number("top_p", Sampling.GREEDY.topP()));
    return flag("do_sample", true) ? sampling : Sampling.GREEDY;
  }

  private RevealPolicy policy() {
    String policy = text("policy", "confidence");
    OWNERS.forEach(
        (number, owner) -> {
          if (root.hasNonNull(number) && !owner.equals(policy)) {
            throw bad(number, root.get(number) + "; allowed: only with the policy " + owner);
          }
        });
    return switch (policy) {
      case "confidence" -> new RevealPolicy.Confidence();
      case "threshold" ->
          new RevealPolicy.Threshold(number("threshold", RevealPolicy.Threshold.DEFAULT));
      case "factor" -> new RevealPolicy.Factor(number("factor", RevealPolicy.Factor.DEFAULT));
      case "entropy" -> new RevealPolicy.Entropy(number("gamma", RevealPolicy.Entropy.DEFAULT));
      case "linear" -> new RevealPolicy.Linear();
      case "random" -> new RevealPolicy.Random();
      case "ancestral" -> new RevealPolicy.Ancestral();
      case "first-hitting" -> new RevealPolicy.FirstHitting();
      default ->
          throw InvalidInputException.of(
              "policy",
              policy,
              "confidence, threshold, factor, entropy, linear, random, ancestral, first-hitting");
    };
  }

  private String text(String key, String otherwise) {
    if (!root.hasNonNull(key)) {
      return otherwise;
    }
    if (!root.get(key).isTextual()) {
      throw bad(key, root.get(key) + "; allowed: a name");
    }
    return root.get(key).asText();
  }

  private boolean flag(String key, boolean otherwise) {
    if (!root.hasNonNull(key)) {
      return otherwise;
    }
    if (!root.get(key).isBoolean()) {
      throw bad(key, root.get(key) + "; allowed: true, false");
    }
    return root.get(key).asBoolean();
  }

  private int integer(String key, int otherwise) {
    if (!root.hasNonNull(key)) {
      return otherwise;
    }
    if (!root.get(key).isInt()) {
      throw bad(key, root.get(key) + "; allowed: a whole number");
    }
    return root.get(key).asInt();
  }

  private double number(String key, double otherwise) {
    if (!root.hasNonNull(key)) {
      return otherwise;
    }
    if (!root.get(key).isNumber()) {
      throw bad(key, root.get(key) + "; allowed: a number");
    }
    return root.get(key).asDouble();
  }

  private InvalidInputException bad(String key, String problem) {
    return new InvalidInputException(key, file + ": " + key + ": " + problem);
  }
}
