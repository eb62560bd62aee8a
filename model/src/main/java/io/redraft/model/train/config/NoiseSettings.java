package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.TimeBand;
import io.redraft.model.objective.Objective;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How noisy the samples are. Every objective reads some of these settings.
 *
 * @param schedule how masking grows with time: nelbo, nelbo-discrete, masked-mean
 * @param timesteps discrete steps T: nelbo-discrete
 * @param timeMin lowest time trained on: nelbo, nelbo-discrete, masked-mean
 * @param timeMax highest time trained on: nelbo, nelbo-discrete, masked-mean
 * @param maskMin lowest mask ratio: uniform
 * @param maskMax highest mask ratio: uniform
 * @param mlmShare share of positions that are chosen: mlm
 */
public record NoiseSettings(
    NoiseSchedule schedule,
    int timesteps,
    double timeMin,
    double timeMax,
    double maskMin,
    double maskMax,
    double mlmShare) {
  /** What holds where nothing is said. */
  public static final NoiseSettings DEFAULTS =
      new NoiseSettings(
          NoiseSchedule.LOG_LINEAR,
          1000,
          TimeBand.FULL.from(),
          TimeBand.FULL.to(),
          0.15,
          0.90,
          0.15);

  public NoiseSettings {
    Check.atLeast("objective.timesteps", timesteps, 1);
    if (!(timeMin >= TimeBand.FULL.from() && timeMin < 1)) {
      throw InvalidInputException.of(
          "objective.time_min", timeMin, TimeBand.FULL.from() + " or more, less than 1");
    }
    if (!(timeMax > timeMin && timeMax <= 1)) {
      throw InvalidInputException.of(
          "objective.time_max",
          timeMax,
          "more than objective.time_min (" + timeMin + "), at most 1");
    }
    Check.portion("objective.mask_min", maskMin);
    if (!(maskMax >= maskMin && maskMax <= 1)) {
      throw InvalidInputException.of(
          "objective.mask_max", maskMax, "objective.mask_min (" + maskMin + ") or more, at most 1");
    }
    Check.portion("objective.mlm_share", mlmShare);
  }

  static NoiseSettings read(Section section) {
    return new NoiseSettings(
        Check.choice(
            "objective.schedule",
            section.text("schedule", DEFAULTS.schedule.key()),
            NoiseSchedule.values()),
        section.integer("timesteps", DEFAULTS.timesteps),
        section.number("time_min", DEFAULTS.timeMin),
        section.number("time_max", DEFAULTS.timeMax),
        section.number("mask_min", DEFAULTS.maskMin),
        section.number("mask_max", DEFAULTS.maskMax),
        section.number("mlm_share", DEFAULTS.mlmShare));
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("objective.schedule", schedule.key());
    values.put("objective.timesteps", timesteps);
    values.put("objective.time_min", timeMin);
    values.put("objective.time_max", timeMax);
    values.put("objective.mask_min", maskMin);
    values.put("objective.mask_max", maskMax);
    values.put("objective.mlm_share", mlmShare);
    return values;
  }

  void write(Map<String, Object> out) {
    out.putAll(values());
  }

  /** The settings that an objective reads. */
  private static Set<String> readBy(Objective kind) {
    return switch (kind) {
      case NELBO, MASKED_MEAN ->
          Set.of("objective.schedule", "objective.time_min", "objective.time_max");
      case NELBO_DISCRETE ->
          Set.of(
              "objective.schedule",
              "objective.timesteps",
              "objective.time_min",
              "objective.time_max");
      case UNIFORM -> Set.of("objective.mask_min", "objective.mask_max");
      case MLM -> Set.of("objective.mlm_share");
      case CAUSAL -> Set.of();
    };
  }

  /** Refuses a setting that was changed but that the objective does not read. */
  void refuseUnread(Objective kind) {
    var defaults = DEFAULTS.values();
    values()
        .forEach(
            (key, value) -> {
              var usual = defaults.get(key);
              if (!readBy(kind).contains(key) && !value.equals(usual)) {
                throw InvalidInputException.of(
                    key, value, usual + ", for kind " + kind.key() + " does not read it");
              }
            });
  }

  /** The noise levels of an objective. */
  NoiseLevels levels(Objective kind) {
    var band = new TimeBand(timeMin, timeMax);
    return switch (kind) {
      case NELBO, MASKED_MEAN -> new NoiseLevels.Continuous(schedule, band);
      case NELBO_DISCRETE -> discrete(new NoiseLevels.Discrete(schedule, band, timesteps));
      case UNIFORM -> new NoiseLevels.Uniform(maskMin, maskMax);
      case MLM -> new NoiseLevels.Uniform(mlmShare, mlmShare);
      case CAUSAL -> new NoiseLevels.Uniform(0, 0);
    };
  }

  private NoiseLevels discrete(NoiseLevels.Discrete levels) {
    if (levels.empty()) {
      throw InvalidInputException.of(
          "objective.timesteps",
          timesteps,
          "enough that one ends between time_min " + timeMin + " and time_max " + timeMax);
    }
    return levels;
  }
}
