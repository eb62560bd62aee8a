package io.redraft.model.train.config;

import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.objective.Objective;
import java.util.Map;

/**
 * What is minimised.
 *
 * @param kind the objective
 * @param schedule how masking grows with time; not used by the causal objective
 */
public record ObjectiveSettings(Objective kind, NoiseSchedule schedule) {
  static ObjectiveSettings read(Section section, boolean causal) {
    return new ObjectiveSettings(
        Objective.of("objective.kind", section.text("kind", causal ? "causal" : "nelbo")),
        NoiseSchedule.of("objective.schedule", section.text("schedule", "log-linear")));
  }

  void write(Map<String, Object> out) {
    out.put("objective.kind", kind.key());
    out.put("objective.schedule", schedule.key());
  }
}
