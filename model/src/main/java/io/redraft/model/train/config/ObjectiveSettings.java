package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.objective.Certainty;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Prediction;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is minimised. A setting that the objective does not read has to keep its default, so that
 * nobody believes it to do something.
 *
 * @param kind the objective
 * @param noise how noisy the samples are
 * @param curriculum limits on the mask ratio in early passes: all but mlm and causal
 * @param condition which samples have a beginning that is given: all but causal
 * @param blocks which samples look like a canvas that is written block by block: nelbo
 * @param blockCausal which steps are block-causal, the other settings holding for the others: nelbo
 * @param corruption what stands in the place of a hidden token: uniform and masked-mean
 * @param certainty how sure the network is to be where it is right: where tokens are predicted, all
 *     but causal
 */
public record ObjectiveSettings(
    Objective kind,
    NoiseSettings noise,
    MaskCurriculum curriculum,
    ConditionSettings condition,
    BlockSettings blocks,
    BlockCausalSettings blockCausal,
    CorruptionSettings corruption,
    Certainty certainty) {
  public ObjectiveSettings {
    noise.refuseUnread(kind);
    if (!curriculum.stages().isEmpty() && (kind == Objective.MLM || kind == Objective.CAUSAL)) {
      throw InvalidInputException.of(
          "objective.curriculum",
          curriculum.written(),
          "none, for kind " + kind.key() + " has no mask ratio that could grow");
    }
    if (condition.share() > 0 && kind == Objective.CAUSAL) {
      throw InvalidInputException.of(
          "objective.condition", condition.share(), "0, for kind causal masks nothing");
    }
    blocks.refuseFor(kind);
    corruption.refuseFor(kind);
    blockCausal.refuseFor(kind);
    refuseCertainty(kind, corruption.prediction(), certainty);
    curriculum.refuseUnder(noise.levels(kind).lowest());
    if (blockCausal.always()) {
      refuseUnread(values(noise, curriculum, condition, blocks));
    }
  }

  private static void refuseCertainty(Objective kind, Prediction prediction, Certainty certainty) {
    if (certainty.weight() == 0 && certainty.temperature() != Certainty.TEMPERATURE) {
      throw InvalidInputException.of(
          "objective.certainty_temperature",
          certainty.temperature(),
          Certainty.TEMPERATURE + ", where objective.certainty is 0");
    }
    var tokens = prediction.target() != Prediction.Target.NOISE;
    if (certainty.weight() > 0 && (kind == Objective.CAUSAL || !tokens)) {
      throw InvalidInputException.of(
          "objective.certainty",
          certainty.weight(),
          "0, for " + (tokens ? "kind causal commits one token at a time" : "noise is predicted"));
    }
  }

  /** Refuses what only steps read that are not block-causal, where there are none. */
  private static void refuseUnread(Map<String, Object> set) {
    var usual =
        values(
            NoiseSettings.DEFAULTS,
            MaskCurriculum.NONE,
            ConditionSettings.NONE,
            BlockSettings.NONE);
    set.forEach(
        (key, value) -> {
          if (!value.equals(usual.get(key))) {
            throw InvalidInputException.of(
                key, value, usual.get(key) + ", where objective.block_causal is 1");
          }
        });
  }

  private static Map<String, Object> values(
      NoiseSettings noise,
      MaskCurriculum curriculum,
      ConditionSettings condition,
      BlockSettings blocks) {
    Map<String, Object> values = new LinkedHashMap<>();
    noise.write(values);
    values.put("objective.curriculum", curriculum.written());
    condition.write(values);
    blocks.write(values);
    return values;
  }

  static ObjectiveSettings read(Section section, AttentionMode attention) {
    var causal = attention == AttentionMode.CAUSAL;
    return new ObjectiveSettings(
        Check.choice(
            "objective.kind",
            section.text("kind", causal ? "causal" : "nelbo"),
            Objective.values()),
        NoiseSettings.read(section),
        MaskCurriculum.read(section.sections("curriculum")),
        ConditionSettings.read(section),
        BlockSettings.read(section),
        BlockCausalSettings.read(section, attention),
        CorruptionSettings.read(section),
        new Certainty(
            section.number("certainty", 0),
            section.number("certainty_temperature", Certainty.TEMPERATURE)));
  }

  void write(Map<String, Object> out) {
    out.put("objective.kind", kind.key());
    noise.write(out);
    out.put("objective.curriculum", curriculum.written());
    condition.write(out);
    blocks.write(out);
    blockCausal.write(out);
    corruption.write(out);
    out.put("objective.certainty", certainty.weight());
    out.put("objective.certainty_temperature", certainty.temperature());
  }

  /** The same settings with another objective, which has to read all that is set. */
  public ObjectiveSettings withKind(Objective other) {
    return new ObjectiveSettings(
        other, noise, curriculum, condition, blocks, blockCausal, corruption, certainty);
  }

  /** Whether training needs a layer that predicts noise. */
  public boolean noiseHead() {
    return corruption.prediction().noise();
  }

  /** The objective as a model card names it. */
  public String description() {
    var sure = certainty.weight() > 0 ? ", certainty " + certainty.weight() : "";
    return kind.key() + corruption.description() + blockCausal.description() + sure;
  }

  /**
   * What stands in the place of a hidden token.
   *
   * @param mask id of the mask
   * @param alphabet the different tokens of the training text
   */
  public Corruption corruption(int mask, int[] alphabet) {
    return kind == Objective.MLM ? new Corruption.BertMixture(mask, alphabet) : corruption.of(mask);
  }

  /** The noise levels of the objective, without the limits of the curriculum. */
  public NoiseLevels levels() {
    return noise.levels(kind);
  }
}
