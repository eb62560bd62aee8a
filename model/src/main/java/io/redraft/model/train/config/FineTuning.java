package io.redraft.model.train.config;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.checkpoint.ModelFolder;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.TimeConditioning;
import io.redraft.model.objective.Objective;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Settings of a run that goes on from a model for one of three uses. The model gives its shape and
 * its tokenizer, the use gives attention and objective; a file says the rest, and is refused where
 * it says otherwise.
 */
public enum FineTuning {
  /** Writing from left to right: causal attention, every next token. */
  CLM(EnumSet.of(AttentionMode.CAUSAL), EnumSet.of(Objective.CAUSAL)),
  /** Understanding: bidirectional attention, 15 % of the tokens (BERT). */
  MLM(EnumSet.of(AttentionMode.BIDIRECTIONAL), EnumSet.of(Objective.MLM)),
  /** Writing by denoising: bidirectional or block-causal attention, all mask ratios. */
  DIFFUSION(
      EnumSet.of(AttentionMode.BIDIRECTIONAL, AttentionMode.BLOCK_CAUSAL),
      EnumSet.of(
          Objective.NELBO, Objective.NELBO_DISCRETE, Objective.UNIFORM, Objective.MASKED_MEAN));

  private final Set<AttentionMode> attentions;
  private final Set<Objective> objectives;

  FineTuning(Set<AttentionMode> attentions, Set<Objective> objectives) {
    this.attentions = attentions;
    this.objectives = objectives;
  }

  /**
   * Reads a file and applies overrides, with the model's shape and the use's attention and
   * objective where neither says anything.
   *
   * @param model folder of the model to go on from
   * @throws InvalidInputException if the file contradicts the model or the use
   */
  public TrainingConfig load(Path model, Path file, List<String> overrides) {
    var config = TrainingConfigFile.load(file, defaults(model), overrides);
    if (!attentions.contains(config.model().attention())) {
      throw contradiction(
          "model.attention",
          config.model().attention(),
          Choice.keys(attentions.toArray(AttentionMode[]::new)));
    }
    var kind = config.objective().kind();
    if (!objectives.contains(kind)) {
      throw contradiction(
          "objective.kind", kind, Choice.keys(objectives.toArray(Objective[]::new)));
    }
    if (!model.equals(config.model().initial())) {
      throw InvalidInputException.of(
          "model.initial", config.model().initial(), model + ", as --model says");
    }
    return config;
  }

  private InvalidInputException contradiction(String key, Enum<?> found, String allowed) {
    return InvalidInputException.of(
        key, Choice.key(found), allowed + ", for mode " + Choice.key(this));
  }

  private Map<String, Object> defaults(Path model) {
    var network = ModelFolder.readConfig(model);
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("model.initial", model.toString());
    out.put("model.width", network.width());
    out.put("model.layers", network.layers());
    out.put("model.heads", network.heads());
    out.put("model.key_value_heads", network.keyValueHeads());
    out.put("model.feed_forward_width", network.feedForwardWidth());
    out.put("model.context", network.contextLength());
    out.put("model.tied_head", network.tiedHead());
    out.put("model.time_conditioning", Choice.key(network.time().kind()));
    if (network.time().kind() == TimeConditioning.Kind.TABLE) {
      out.put("model.time_buckets", network.time().buckets());
    }
    out.put("model.attention", Choice.key(attentions.iterator().next()));
    out.put("objective.kind", Choice.key(objectives.iterator().next()));
    return out;
  }
}
