package io.redraft.model.train.layerwise;

import io.redraft.model.evaluate.BoundEvaluator;
import io.redraft.model.evaluate.Evaluation;
import io.redraft.model.evaluate.MaskedCrossEntropyEvaluator;
import io.redraft.model.evaluate.TokenScorer;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.MicroBatching;
import io.redraft.model.train.Numerics;
import io.redraft.model.train.config.TrainingConfig;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.plan.HeldOutCache;
import io.redraft.model.train.stage.StageBatch;
import io.redraft.model.train.stage.StageOnDevice;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * What a stage is judged by while it trains, on text that is not trained on: the bound where it
 * sees all mask ratios of its objective, and else the mean cross-entropy of masked tokens at those
 * that it sees, which is no bound. A stage that reads a cache reads the held-out text from one,
 * too. Masks are the same at every evaluation and for all stages; nothing that training reads is
 * changed.
 */
final class StageEvaluation implements Closeable {
  private static final int BATCH = 64;

  /** Bytes of streams that are read at a time, where they come from a cache. */
  private static final long READ_AT_ONCE = 1L << 28;

  private final LayerwiseRun run;
  private final Stage stage;
  private final TrainingConfig config;
  private final NetworkConfig network;
  private final Optional<HeldOutStreams> streams;
  private final int batch;
  private final MicroBatching batching;

  private StageEvaluation(
      LayerwiseRun run, Stage stage, TrainingConfig config, Optional<HeldOutStreams> streams) {
    this.run = run;
    this.stage = stage;
    this.config = config;
    this.network = run.network().withAttention(run.network().attention(), List.of());
    this.streams = streams;
    var bytes = 2L * config.model().context() * network.width();
    this.batch =
        streams.isPresent() ? (int) Math.max(1, Math.min(BATCH, READ_AT_ONCE / bytes)) : BATCH;
    this.batching = new MicroBatching(batch);
  }

  /**
   * The evaluation of a stage; {@code config} is the stage's. Where it reads a cache, what it does
   * not hold is computed by the frozen trunk, which is on the device meanwhile: so this comes
   * before the stage's own weights do.
   */
  static StageEvaluation open(
      LayerwiseRun run, Stage stage, TrainingConfig config, Kernels kernels, Numerics numerics)
      throws IOException {
    if (!stage.mechanics().cached() || !wanted(run, config)) {
      return new StageEvaluation(run, stage, config, Optional.empty());
    }
    var streams = HeldOutStreams.open(run, stage, config, kernels, numerics);
    var evaluation = new StageEvaluation(run, stage, config, Optional.of(streams));
    try {
      evaluation.judge(batch -> evaluation.asked(batch).tokens().weights()); // nothing is scored
      streams.release();
      return evaluation;
    } catch (IOException | RuntimeException e) {
      streams.close();
      throw e;
    }
  }

  /** Whether there is held-out text, and the settings want it to be read. */
  static boolean wanted(LayerwiseRun run, TrainingConfig config) {
    return HeldOutCache.wanted(config, run.data().validation().tokens().length);
  }

  /** Whether the settings want an evaluation after so many steps. */
  boolean due(long step, boolean done) {
    return wanted(run, config) && config.training().evaluationDue(step, done);
  }

  /** Judges the averaged weights of the stage. */
  Evaluation of(StageOnDevice device) throws IOException {
    var found =
        judge(
            tokens ->
                batching.crossEntropy(asked(tokens), part -> device.crossEntropy(part, true)));
    if (streams.isPresent()) {
      streams.get().release();
    }
    return found;
  }

  private StageBatch asked(TokenBatch tokens) {
    return streams.map(held -> held.batch(tokens)).orElseGet(() -> StageBatch.of(tokens));
  }

  private Evaluation judge(TokenScorer scorer) throws IOException {
    var text = run.data().validation();
    var masks = config.training().evaluateMasks();
    if (streams.isPresent()) {
      streams.get().rewind();
    }
    try {
      return StageLevels.seesAll(config.objective().levels(), stage)
          ? new BoundEvaluator(scorer, network, batch).evaluate(text, masks, run.seed(), done -> {})
          : new MaskedCrossEntropyEvaluator(scorer, network, batch)
              .evaluate(text, stage.lowestRatio(), stage.highestRatio(), masks, run.seed());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    if (streams.isPresent()) {
      streams.get().close();
    }
  }
}
