package io.redraft.model.train.config;

import io.redraft.model.InvalidInputException;
import java.util.Map;

/**
 * What the stages of a curriculum do to blocks beside having them learn.
 *
 * @param adapterRank rank of the low-rank adapters that frozen blocks learn; 0 for none
 * @param adapterScale what an adapter's product is multiplied with
 * @param frozen how frozen blocks are held
 * @param spectralNorm whether matrices of blocks that learn are divided by their largest singular
 *     value
 * @param residualGain what a block that learns adds to the stream is multiplied with
 * @param consistency weight of the distance between what new blocks give and what the blocks behind
 *     them were trained to read; 0 for none
 * @param frozenUpProjections whether the feed-forward's up-projections stay as the seed drew them
 */
public record MechanicsSettings(
    int adapterRank,
    double adapterScale,
    FrozenStorage frozen,
    boolean spectralNorm,
    double residualGain,
    double consistency,
    boolean frozenUpProjections) {
  /** Learning, and nothing else. */
  public static final MechanicsSettings PLAIN =
      new MechanicsSettings(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false);

  private static final String PREFIX = "curriculum.";

  public MechanicsSettings {
    Check.atLeast(PREFIX + "adapters.rank", adapterRank, 0);
    Check.positive(PREFIX + "adapters.scale", adapterScale);
    Check.portion(PREFIX + "residual_gain", residualGain);
    Check.notNegative(PREFIX + "consistency", consistency);
    if (adapterRank == 0 && adapterScale != 1) {
      throw InvalidInputException.of(
          PREFIX + "adapters.scale", adapterScale, "1.0, where curriculum.adapters.rank is 0");
    }
    if (adapterRank == 0 && frozen != FrozenStorage.COMPUTE) {
      throw InvalidInputException.of(
          PREFIX + "frozen", Check.key(frozen), "compute, where curriculum.adapters.rank is 0");
    }
  }

  static MechanicsSettings read(Section section) {
    var adapters = section.section("adapters");
    return new MechanicsSettings(
        adapters.integer("rank", 0),
        adapters.number("scale", 1),
        Check.choice(PREFIX + "frozen", section.text("frozen", "compute"), FrozenStorage.values()),
        section.flag("spectral_norm", false),
        section.number("residual_gain", 1),
        section.number("consistency", 0),
        section.flag("frozen_up_projections", false));
  }

  void write(Map<String, Object> out) {
    out.put(PREFIX + "adapters.rank", adapterRank);
    out.put(PREFIX + "adapters.scale", adapterScale);
    out.put(PREFIX + "frozen", Check.key(frozen));
    out.put(PREFIX + "spectral_norm", spectralNorm);
    out.put(PREFIX + "residual_gain", residualGain);
    out.put(PREFIX + "consistency", consistency);
    out.put(PREFIX + "frozen_up_projections", frozenUpProjections);
  }
}
