package io.redraft.model.train.layerwise;

import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.TimeBand;
import io.redraft.model.objective.Objective;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;

/** The noise levels that a stage draws from. */
final class StageLevels {
  private StageLevels() {}

  /**
   * Those of the stage's objective where it sees all of them; else those between its lowest and its
   * highest mask ratio. A bound becomes that range's part of it; for a single ratio, which has no
   * part, masked cross-entropy a token.
   *
   * @param config the stage's settings
   */
  static NoiseLevels of(TrainingConfig config, Stage stage) {
    var all = config.objective().levels();
    if (seesAll(all, stage)) {
      return all;
    }
    var lowest = stage.lowestRatio();
    var highest = stage.highestRatio();
    var kind = config.objective().kind();
    if (lowest == highest || kind == Objective.UNIFORM || kind == Objective.MLM) {
      return new NoiseLevels.Uniform(lowest, highest);
    }
    var noise = config.objective().noise();
    var band = band(noise.schedule(), lowest, highest);
    return kind == Objective.NELBO_DISCRETE
        ? new NoiseLevels.Discrete(noise.schedule(), band, noise.timesteps())
        : new NoiseLevels.Continuous(noise.schedule(), band);
  }

  /** Whether a stage sees all levels of its objective. */
  static boolean seesAll(NoiseLevels all, Stage stage) {
    return stage.lowestRatio() == all.lowest() && stage.highestRatio() == all.highest();
  }

  private static TimeBand band(NoiseSchedule schedule, double lowest, double highest) {
    return new TimeBand(
        Math.max(TimeBand.FULL.from(), schedule.time(lowest)), schedule.time(highest));
  }
}
