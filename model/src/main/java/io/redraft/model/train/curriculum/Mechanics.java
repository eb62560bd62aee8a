package io.redraft.model.train.curriculum;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.config.FrozenStorage;

/**
 * What a stage does to its blocks beside learning.
 *
 * @param adapterRank rank of the low-rank adapters that frozen blocks learn (Hu et al. 2021); 0 for
 *     none
 * @param adapterScale what an adapter's product is multiplied with, α / rank
 * @param frozen how frozen blocks are held (Dettmers et al. 2023 for fewer bits)
 * @param spectralNorm whether every matrix of a block that learns is divided by its largest
 *     singular value, which one power iteration a step estimates (Miyato et al. 2018)
 * @param residualGain γ: what a block that learns adds to the stream is multiplied with it; 1 for
 *     an ordinary block
 * @param consistency weight of the mean squared distance between what the new blocks give and what
 *     the blocks after them were trained to read; 0 for none
 * @param cached whether the stream that enters the blocks that learn is read from a cache on disk
 * @param frozenUpProjection whether the up-projections of blocks that learn keep their first,
 *     random values, which a seed gives
 */
public record Mechanics(
    int adapterRank,
    double adapterScale,
    FrozenStorage frozen,
    boolean spectralNorm,
    double residualGain,
    double consistency,
    boolean cached,
    boolean frozenUpProjection) {
  /** Learning, and nothing else. */
  public static final Mechanics PLAIN =
      new Mechanics(0, 1, FrozenStorage.COMPUTE, false, 1, 0, false);

  /** Blocks that learn all of their matrices. */
  public Mechanics(
      int adapterRank,
      double adapterScale,
      FrozenStorage frozen,
      boolean spectralNorm,
      double residualGain,
      double consistency,
      boolean cached) {
    this(adapterRank, adapterScale, frozen, spectralNorm, residualGain, consistency, cached, false);
  }

  public Mechanics {
    if (adapterRank < 0) {
      throw InvalidInputException.of("adapter_rank", adapterRank, "0 or more");
    }
    if (!(adapterScale > 0)) {
      throw InvalidInputException.of("adapter_scale", adapterScale, "more than 0");
    }
    if (!(residualGain > 0 && residualGain <= 1)) {
      throw InvalidInputException.of("residual_gain", residualGain, "more than 0, at most 1");
    }
    if (!(consistency >= 0)) {
      throw InvalidInputException.of("consistency", consistency, "0 or more");
    }
    if (frozen != FrozenStorage.COMPUTE && adapterRank == 0) {
      throw InvalidInputException.of(
          "frozen", Choice.key(frozen), "compute, where there are no adapters (adapter_rank 0)");
    }
  }
}
