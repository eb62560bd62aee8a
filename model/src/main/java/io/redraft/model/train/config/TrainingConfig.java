package io.redraft.model.train.config;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.objective.Objective;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Everything that decides what a training run does. Read from a YAML file by {@link
 * TrainingConfigFile}; recorded, with every default filled in, in the run's folder.
 *
 * @param export number format of the finished model's weights
 */
public record TrainingConfig(
    RunSettings run,
    ModelSettings model,
    TokenizerSettings tokenizer,
    DataSettings data,
    ObjectiveSettings objective,
    OptimizerSettings optimizer,
    LoopSettings training,
    WeightLayout.Storage export,
    CurriculumSettings curriculum) {
  /**
   * Keys that say where, how long at a time and how chattily, but do not change what is learned.
   */
  private static final Set<String> FREE =
      Set.of(
          "run.name",
          "run.folder",
          "run.time_limit",
          "run.device",
          "run.cuda_graphs",
          "data.folder",
          "training.log_every",
          "training.evaluate_every",
          "training.evaluate_masks",
          "training.checkpoint_every",
          "training.max_skipped",
          "export.weights");

  public TrainingConfig {
    var causal = model.attention() == AttentionMode.CAUSAL;
    if (causal != (objective.kind() == Objective.CAUSAL)) {
      var others = EnumSet.complementOf(EnumSet.of(Objective.CAUSAL)).toArray(Objective[]::new);
      throw InvalidInputException.of(
          "objective.kind",
          objective.kind().key(),
          causal
              ? "causal, for causal attention"
              : Choice.keys(others) + ", for bidirectional attention");
    }
    objective.blocks().refuseBeyond(model.context());
    objective.blockCausal().refuseFor(model);
    tokenizer.refuseFor(model.initial());
    if (objective.kind() == Objective.MLM && !model.time().none()) {
      throw InvalidInputException.of(
          "model.time_conditioning",
          Choice.key(model.time().kind()),
          "none, for kind mlm has a single mask ratio");
    }
    CurriculumRules.check(curriculum, model, objective, training);
  }

  static TrainingConfig read(Map<?, ?> values) {
    var root = new Section("", values);
    var run = root.section("run");
    var model = root.section("model");
    var tokenizer = root.section("tokenizer");
    var data = root.section("data");
    var objective = root.section("objective");
    var optimizer = root.section("optimizer");
    var training = root.section("training");
    var export = root.section("export");
    var curriculum = root.section("curriculum");
    var shape = ModelSettings.read(model);
    var loop = LoopSettings.read(training);
    var config =
        new TrainingConfig(
            RunSettings.read(run),
            shape,
            TokenizerSettings.read(tokenizer, shape.initial() != null),
            DataSettings.read(data),
            ObjectiveSettings.read(objective, shape.attention()),
            OptimizerSettings.read(optimizer),
            loop,
            Check.choice(
                "export.weights", export.text("weights", "float32"), WeightLayout.Storage.values()),
            CurriculumSettings.read(curriculum, shape, loop));
    root.refuseUnknown();
    return config;
  }

  /** Reads a file and applies overrides of the form {@code optimizer.clip=0.5}. */
  public static TrainingConfig load(Path file, List<String> overrides) {
    return TrainingConfigFile.load(file, overrides);
  }

  /**
   * The same of a text.
   *
   * @param origin where the text comes from, for messages
   */
  public static TrainingConfig parse(String origin, String yaml, List<String> overrides) {
    return TrainingConfigFile.parse(origin, yaml, overrides);
  }

  /** The same settings for another run. */
  public TrainingConfig withRun(RunSettings other) {
    return new TrainingConfig(
        other, model, tokenizer, data, objective, optimizer, training, export, curriculum);
  }

  /** Tokens that a step reads. */
  public long tokensPerStep() {
    return (long) training.batch() * training.accumulate() * model.context();
  }

  /** Every setting by its full name, in the order of the file. */
  public Map<String, Object> resolved() {
    Map<String, Object> out = new LinkedHashMap<>();
    run.write(out);
    model.write(out);
    tokenizer.write(out);
    data.write(out);
    objective.write(out);
    optimizer.write(out);
    training.write(out);
    out.put("export.weights", Check.key(export));
    curriculum.write(out);
    return out;
  }

  /** The settings that what is learned depends on, as texts by their full names. */
  public Map<String, String> binding() {
    Map<String, String> out = new LinkedHashMap<>();
    resolved()
        .forEach(
            (key, value) -> {
              // Without a curriculum nothing says so: runs of earlier versions can go on.
              if (!FREE.contains(key) && !(curriculum.none() && key.startsWith("curriculum."))) {
                out.put(key, value.toString());
              }
            });
    return out;
  }

  /**
   * Refuses to go on with a run that began under other settings.
   *
   * @param began {@link #binding} of the configuration that the run began with
   */
  public void refuseChangedSince(Map<String, String> began) {
    binding()
        .forEach(
            (key, value) -> {
              var before = began.get(key);
              if (!Objects.equals(before, value)) {
                throw InvalidInputException.of(
                    key, value, before + ", which this run began with, or a new run.folder");
              }
            });
  }
}
