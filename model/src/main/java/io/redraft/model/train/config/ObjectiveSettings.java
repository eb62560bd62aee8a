package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.objective.Objective;
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
 * @param corruption what stands in the place of a hidden token: uniform and masked-mean
 */
public record ObjectiveSettings(
    Objective kind,
    NoiseSettings noise,
    MaskCurriculum curriculum,
    ConditionSettings condition,
    BlockSettings blocks,
    CorruptionSettings corruption) {
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
    curriculum.refuseUnder(noise.levels(kind).lowest());
  }

  static ObjectiveSettings read(Section section, boolean causal) {
    return new ObjectiveSettings(
        Check.choice(
            "objective.kind",
            section.text("kind", causal ? "causal" : "nelbo"),
            Objective.values()),
        NoiseSettings.read(section),
        MaskCurriculum.read(section.sections("curriculum")),
        ConditionSettings.read(section),
        BlockSettings.read(section),
        CorruptionSettings.read(section));
  }

  void write(Map<String, Object> out) {
    out.put("objective.kind", kind.key());
    noise.write(out);
    out.put("objective.curriculum", curriculum.written());
    condition.write(out);
    blocks.write(out);
    corruption.write(out);
  }

  /** Whether training needs a layer that predicts noise. */
  public boolean noiseHead() {
    return corruption.prediction().noise();
  }

  /** The objective as a model card names it. */
  public String description() {
    return kind.key() + corruption.description();
  }

  /** The noise levels of the objective, without the limits of the curriculum. */
  public NoiseLevels levels() {
    return noise.levels(kind);
  }
}
