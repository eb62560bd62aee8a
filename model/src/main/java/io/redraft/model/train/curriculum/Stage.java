package io.redraft.model.train.curriculum;

import io.redraft.model.InvalidInputException;

/**
 * A part of a run: some blocks compute, some of them learn, on inputs of certain mask ratios, for a
 * number of steps. What a stage begins with is what the stages before have committed.
 *
 * @param number its place in the run, counted from 1
 * @param name as {@code prepend-4}, {@code append-2}, {@code band-3} or {@code joint}
 * @param kind how the network grows in it
 * @param executed the blocks that compute, from the embedding or a cached stream to the head
 * @param trained the blocks that learn, all of them executed
 * @param embeddings whether the embedding learns
 * @param head whether the last norm and the head learn
 * @param lowestRatio lowest mask ratio of inputs
 * @param highestRatio highest mask ratio of inputs; equal to the lowest where there is only one
 * @param steps steps to take
 * @param mechanics what else it does
 */
public record Stage(
    int number,
    String name,
    Kind kind,
    BlockSpan executed,
    BlockSpan trained,
    boolean embeddings,
    boolean head,
    double lowestRatio,
    double highestRatio,
    long steps,
    Mechanics mechanics) {
  /** How a network grows in a stage. */
  public enum Kind {
    /** Blocks are put after those that there are (left to right). */
    APPEND,
    /** Blocks are put before those that there are (right to left). */
    PREPEND,
    /** Blocks that work alone on their own mask ratios. */
    BAND,
    /** Nothing grows: everything that was committed learns together. */
    JOINT
  }

  public Stage {
    if (number < 1) {
      throw InvalidInputException.of("stage", number, "1 or more");
    }
    if (executed.size() == 0 || !executed.contains(trained)) {
      throw InvalidInputException.of("stage " + number, trained, "blocks among " + executed);
    }
    if (trained.size() == 0 && !embeddings && !head && mechanics.adapterRank() == 0) {
      throw InvalidInputException.of("stage " + number, "nothing that learns", "a part that does");
    }
    if (!(lowestRatio >= 0
        && highestRatio >= lowestRatio
        && highestRatio <= 1
        && highestRatio > 0)) {
      throw InvalidInputException.of(
          "stage " + number,
          "mask ratios " + lowestRatio + " to " + highestRatio,
          "0 to 1, ascending, not only 0");
    }
    if (steps < 1) {
      throw InvalidInputException.of("stage " + number, steps + " steps", "1 or more");
    }
    if (mechanics.cached() && (embeddings || trained.from() == 0)) {
      throw InvalidInputException.of(
          "stage " + number, "a cached stream", "none, where what comes before the blocks learns");
    }
  }

  /**
   * The first block that a gradient reaches: those before it compute and nothing is recorded of
   * them. The first of all where the embedding or an adapter of it learns; the one after the last
   * where the head learns alone.
   */
  public int lowest() {
    if (embeddings || mechanics.adapterRank() > 0) {
      return executed.from();
    }
    return trained.size() > 0 ? trained.from() : executed.to();
  }

  /** The same stage with another number of steps. */
  public Stage withSteps(long other) {
    return new Stage(
        number,
        name,
        kind,
        executed,
        trained,
        embeddings,
        head,
        lowestRatio,
        highestRatio,
        other,
        mechanics);
  }

  /**
   * The same stage with its stream from a cache, behind which only the blocks that learn compute,
   * or with all blocks before those computed again.
   */
  public Stage withCache(boolean cached) {
    return new Stage(
        number,
        name,
        kind,
        new BlockSpan(cached ? trained.from() : 0, executed.to()),
        trained,
        embeddings,
        head,
        lowestRatio,
        highestRatio,
        steps,
        new Mechanics(
            mechanics.adapterRank(),
            mechanics.adapterScale(),
            mechanics.frozen(),
            mechanics.spectralNorm(),
            mechanics.residualGain(),
            mechanics.consistency(),
            cached,
            mechanics.frozenUpProjection()));
  }
}
