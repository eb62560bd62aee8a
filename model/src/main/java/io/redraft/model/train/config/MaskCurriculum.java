package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Little noise first: how much of a sample may be masked in the early passes over the data. After
 * the last stage nothing is limited.
 *
 * @param stages stages in the order of their passes; empty for no limit at any time
 */
public record MaskCurriculum(List<Stage> stages) {
  private static final String FIELD = "objective.curriculum";

  /** No limit at any time. */
  public static final MaskCurriculum NONE = new MaskCurriculum(List.of());

  /**
   * A stage; it begins where the one before it ends.
   *
   * @param untilPass passes over the data that lie behind when it ends, as 2 or 0.5
   * @param maskMax highest mask ratio
   */
  public record Stage(double untilPass, double maskMax) {}

  public MaskCurriculum {
    stages = List.copyOf(stages);
    var before = new Stage(0, 0);
    for (var i = 0; i < stages.size(); i++) {
      var stage = stages.get(i);
      if (!(stage.untilPass() > before.untilPass() && Double.isFinite(stage.untilPass()))) {
        throw InvalidInputException.of(
            field(i, "until_pass"), stage.untilPass(), "more than " + before.untilPass());
      }
      if (!(stage.maskMax() > before.maskMax() && stage.maskMax() <= 1)) {
        throw InvalidInputException.of(
            field(i, "mask_max"), stage.maskMax(), "more than " + before.maskMax() + ", at most 1");
      }
      before = stage;
    }
  }

  static MaskCurriculum read(List<Section> sections) {
    return new MaskCurriculum(
        sections.stream()
            .map(s -> new Stage(s.number("until_pass"), s.number("mask_max")))
            .toList());
  }

  /**
   * The highest mask ratio in a step.
   *
   * @param passes passes over the data that lie behind when the step begins
   */
  public double highest(double passes) {
    for (var stage : stages) {
      if (passes < stage.untilPass()) {
        return stage.maskMax();
      }
    }
    return 1;
  }

  /** Refuses a limit that leaves nothing of noise levels whose lowest mask ratio is that. */
  void refuseUnder(double lowest) {
    if (!stages.isEmpty() && !(stages.get(0).maskMax() > lowest)) {
      throw InvalidInputException.of(
          field(0, "mask_max"),
          stages.get(0).maskMax(),
          "more than " + lowest + ", the lowest mask ratio of this objective");
    }
  }

  /** The stages as the file has them. */
  List<Map<String, Object>> written() {
    return stages.stream().map(MaskCurriculum::written).toList();
  }

  private static Map<String, Object> written(Stage stage) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("until_pass", stage.untilPass());
    out.put("mask_max", stage.maskMax());
    return out;
  }

  private static String field(int stage, String key) {
    return FIELD + "[" + stage + "]." + key;
  }
}
