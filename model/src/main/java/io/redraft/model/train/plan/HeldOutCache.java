package io.redraft.model.train.plan;

import io.redraft.model.ByteCount;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.cache.CacheKey;
import io.redraft.model.train.cache.CacheStorage;
import io.redraft.model.train.cache.Realisations;
import io.redraft.model.train.config.TrainingConfig;
import java.nio.file.Path;

/**
 * The cache that a run with stages that read one has for its held-out text: chunks of the context's
 * length, each under all masks of an evaluation. One stage's streams take the place of the last's.
 */
public final class HeldOutCache {
  private HeldOutCache() {}

  /** Whether evaluations of a run read a held-out text of so many tokens. */
  public static boolean wanted(TrainingConfig config, int tokens) {
    return tokens > 1 && config.training().evaluateEvery() > 0;
  }

  /**
   * How it is kept.
   *
   * @param run folder of the run
   * @param tokens tokens of the held-out text
   */
  public static CacheStorage storage(TrainingConfig config, Path run, int tokens) {
    var context = config.model().context();
    return new CacheStorage(
        run.resolve("held-out"),
        (tokens + context - 1L) / context,
        new Realisations(config.training().evaluateMasks(), 0),
        config.curriculum().cache().limit(),
        CacheStorage.SEGMENT,
        true);
  }

  /**
   * Its bytes on disk, the index included.
   *
   * @param width numbers a token
   * @param tokens tokens of the held-out text; where {@link #wanted} is not, there are no bytes
   * @throws InvalidInputException if they are more than the run's cache may have
   */
  public static long bytes(TrainingConfig config, int width, int tokens) {
    if (!wanted(config, tokens)) {
      return 0;
    }
    var masks = config.training().evaluateMasks();
    var anyStage = new CacheKey("any", "any", 0, 0, 1, masks, config.model().context(), width);
    var needed = storage(config, config.run().folder(), tokens).bytesNeeded(anyStage);
    var limit = config.curriculum().cache().limit();
    if (needed > limit) {
      throw InvalidInputException.of(
          "training.evaluate_masks",
          masks,
          ("fewer, or a larger curriculum.cache_limit: streams of the held-out text under so many"
                  + " masks take %d bytes (%s), and the limit is %d; or training.evaluate_every 0")
              .formatted(needed, ByteCount.format(needed), limit));
    }
    return needed;
  }
}
