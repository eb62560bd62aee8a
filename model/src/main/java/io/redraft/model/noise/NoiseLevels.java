package io.redraft.model.noise;

/**
 * The noise levels that a run draws from. A place in [0, 1) picks one, so that stratified places
 * give stratified levels, and a limit on the mask ratio narrows the choice. Weights are such that a
 * mean over places is the sum or integral over the levels left by the limit: the bound, or the part
 * of it that these levels have.
 */
public sealed interface NoiseLevels {
  /**
   * The level at a place.
   *
   * @param unit the place, in [0, 1)
   * @param highest limit on the mask ratio, above {@link #lowest}; 1 for none
   */
  NoiseLevel at(double unit, double highest);

  /** The lowest mask ratio among these levels. */
  double lowest();

  /** The highest mask ratio among these levels. */
  double highest();

  /**
   * Continuous time: t uniform in the band, weighing w(t) · the band's share of all times (Sahoo et
   * al. 2024, eq. 10).
   */
  record Continuous(NoiseSchedule schedule, TimeBand band) implements NoiseLevels {
    @Override
    public NoiseLevel at(double unit, double highest) {
      var left = highest < 1 ? band.until(schedule.time(highest)) : band;
      var level = NoiseLevel.of(schedule, left.at(unit));
      return new NoiseLevel(level.maskRatio(), level.weight() * left.share());
    }

    @Override
    public double lowest() {
      return schedule.maskRatio(band.from());
    }

    @Override
    public double highest() {
      return schedule.maskRatio(band.to());
    }
  }

  /**
   * T discrete steps: t = i/T for i uniform among the n steps of the band, weighing n · (α(s) −
   * α(t)) / (1 − α(t)) with s = (i − 1)/T (Sahoo et al. 2024, eq. 8). A step belongs to the band
   * that holds its later end; the band from {@link StratifiedTimes#SMALLEST} begins with the first.
   */
  record Discrete(NoiseSchedule schedule, TimeBand band, int timesteps) implements NoiseLevels {
    /** What products of times and steps may miss a whole number by. */
    private static final double ROUNDING = 1e-9;

    @Override
    public NoiseLevel at(double unit, double highest) {
      var first = first();
      var left = highest < 1 ? band.until(schedule.time(highest)) : band;
      var steps = stepsUntil(left.to()) - first + 1;
      var i = first + Math.min(steps - 1, (int) (unit * steps));
      var ratio = schedule.maskRatio((double) i / timesteps);
      var before = schedule.maskRatio((i - 1.0) / timesteps);
      return new NoiseLevel(ratio, steps * (ratio - before) / ratio);
    }

    @Override
    public double lowest() {
      return schedule.maskRatio((double) first() / timesteps);
    }

    @Override
    public double highest() {
      return schedule.maskRatio((double) stepsUntil(band.to()) / timesteps);
    }

    /** Whether no step falls into the band. */
    public boolean empty() {
      return stepsUntil(band.to()) < first();
    }

    private int first() {
      return band.from() <= StratifiedTimes.SMALLEST ? 1 : stepsUntil(band.from()) + 1;
    }

    private int stepsUntil(double time) {
      return (int) (time * timesteps + ROUNDING);
    }
  }

  /** A mask ratio that is uniform in a range, both ends included; the weight is 1. */
  record Uniform(double lowest, double highest) implements NoiseLevels {
    @Override
    public NoiseLevel at(double unit, double limit) {
      var top = Math.min(highest, limit);
      return new NoiseLevel(Math.min(top, lowest + (top - lowest) * unit), 1);
    }
  }
}
