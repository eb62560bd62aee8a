package io.redraft.model.train.config;

import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.DepthTime;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.train.config.CurriculumSettings.Direction;
import io.redraft.model.train.config.CurriculumSettings.Time;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which mask ratios the blocks of a curriculum learn, and what depth means to the network that they
 * make. A place is a stage's blocks, counted from the left from 0.
 */
public final class DepthSchedule {
  private DepthSchedule() {}

  /**
   * The mask ratios of the blocks at a place: for noise bands an equal share of the levels, the
   * leftmost the noisiest; all levels where time is an input; else the ratio of the schedule with
   * its band, whose ends are cut off at the smallest ratio that is ever drawn and at 1.
   *
   * @param levels the noise levels of the stage's objective
   */
  public static DepthTime.Band band(CurriculumSettings curriculum, int place, NoiseLevels levels) {
    var lowest = levels.lowest();
    var highest = levels.highest();
    var stages = curriculum.stages();
    if (curriculum.direction() == Direction.NOISE_BANDS) {
      var share = (highest - lowest) / stages;
      var top = place == 0 ? highest : highest - place * share; // no rounding at the ends
      var bottom = place == stages - 1 ? lowest : highest - (place + 1) * share;
      return new DepthTime.Band(bottom, top);
    }
    if (curriculum.time() == Time.INPUT) {
      return new DepthTime.Band(lowest, highest);
    }
    var ratio = curriculum.ratios().get(place);
    var half = curriculum.band() / 2;
    return half == 0
        ? new DepthTime.Band(ratio, ratio)
        : new DepthTime.Band(
            Math.min(ratio, Math.max(StratifiedTimes.SMALLEST, ratio - half)),
            Math.min(1, ratio + half));
  }

  /**
   * What depth means to the finished network: the mask ratio of every stage's blocks, if they were
   * trained to read that ratio, and nothing has trained them together since. A stage that prepends
   * has learned what its blocks and those behind them make of the embedding; one that appends, what
   * all blocks up to its own make of it, before the head; a noise band, what its blocks make alone.
   * A joint phase after the last stage trains the whole stack on all of their ratios, whether it is
   * the final one or one of those after every so many stages; no part of it is a denoiser of its
   * own then.
   */
  static DepthTime depth(CurriculumSettings curriculum, NoiseLevels levels) {
    if (curriculum.none()
        || curriculum.time() == Time.INPUT
        || !curriculum.freeze()
        || curriculum.joint().afterTheLast(curriculum.stages())) {
      return DepthTime.NONE;
    }
    var bands =
        IntStream.range(0, curriculum.stages())
            .mapToObj(place -> band(curriculum, place, levels))
            .toList();
    return new DepthTime(
        curriculum.direction() == Direction.NOISE_BANDS
            ? bands.stream().map(DepthTime.Band::highest).toList()
            : curriculum.ratios(),
        switch (curriculum.direction()) {
          case RIGHT_TO_LEFT -> DepthExecution.SUFFIX;
          case LEFT_TO_RIGHT -> DepthExecution.PREFIX;
          default -> DepthExecution.BAND;
        },
        curriculum.time() == Time.HYBRID ? bands : List.of());
  }
}
