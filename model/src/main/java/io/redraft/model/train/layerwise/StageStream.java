package io.redraft.model.train.layerwise;

import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.BatchPlan;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.TrainingLoop;
import io.redraft.model.train.cache.ActivationCache;
import io.redraft.model.train.cache.CacheKey;
import io.redraft.model.train.cache.CacheStorage;
import io.redraft.model.train.cache.Realisations;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.stage.FrozenTrunk;
import io.redraft.model.train.stage.StageBatch;
import java.io.Closeable;
import java.io.IOException;

/**
 * What enters a stage: batches of ids, or of streams from a cache that it owns while it is open.
 */
interface StageStream extends TrainingLoop.Batches<StageBatch>, Closeable {
  /** Makes ready what steps from this one on will ask for. */
  void fill(long step) throws IOException;

  @Override
  void close() throws IOException;

  /** The stream of a stage; {@code config} is the stage's. */
  static StageStream open(
      LayerwiseRun run, Stage stage, TrainingConfig config, Kernels kernels, Numerics numerics)
      throws IOException {
    var levels = StageLevels.of(config, stage);
    return stage.mechanics().cached()
        ? cached(run, stage, config, levels, kernels, numerics)
        : read(run, stage, config, levels);
  }

  private static StageStream read(
      LayerwiseRun run, Stage stage, TrainingConfig config, NoiseLevels levels) {
    var text = run.data().training();
    var mask = run.network().maskToken();
    var fewer =
        run.readBehind(stage)
            .map(ratio -> new BatchPlan(text, config, mask, new NoiseLevels.Uniform(ratio, ratio)));
    return new StageBatches(new BatchPlan(text, config, mask, levels), fewer);
  }

  private static StageStream cached(
      LayerwiseRun run,
      Stage stage,
      TrainingConfig config,
      NoiseLevels levels,
      Kernels kernels,
      Numerics numerics)
      throws IOException {
    var settings = run.settings().curriculum().cache();
    var realisations = new Realisations(settings.realisations(), settings.refresh());
    var text = run.data().training();
    var samples = new CachedSamples(text, config, run.network().maskToken(), levels, realisations);
    var blocks = stage.trained().from();
    var key =
        new CacheKey(
            run.fingerprint(blocks, numerics),
            text.checksum(),
            samples.maskSeed(),
            stage.lowestRatio(),
            stage.highestRatio(),
            settings.realisations(),
            config.model().context(),
            run.network().width());
    var cache =
        ActivationCache.open(
            new CacheStorage(
                run.folder().resolve("cache"),
                CachedSamples.windows(text, config),
                realisations,
                settings.limit(),
                CacheStorage.SEGMENT,
                true),
            key);
    return new CachedBatches(
        samples,
        cache,
        () -> new FrozenTrunk(kernels, run.network(), blocks, numerics, run.weights()),
        !kernels.device().isGpu(),
        config.training().accumulate(),
        stage.steps());
  }
}
