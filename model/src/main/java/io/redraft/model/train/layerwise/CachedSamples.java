package io.redraft.model.train.layerwise;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.SampleOrder;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.PackedText;
import io.redraft.model.train.cache.Realisations;
import io.redraft.model.train.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The samples of a stage that reads a cache. Unlike without one, every pass cuts the text into the
 * same windows, and a sample's mask ratio, masks and given beginning are functions of the sample
 * and its realisation, so that a pass that meets a realisation again reads the same stream.
 */
final class CachedSamples {
  /** A sample with one of its realisations. */
  record Entry(long sample, int realisation) {}

  private final PackedText text;
  private final TrainingConfig config;
  private final Corruption corruption;
  private final NoiseLevels levels;
  private final Realisations realisations;
  private final SampleOrder order;
  private final long windows;
  private final long maskSeed;
  private final long timeSeed;
  private final long conditionSeed;

  /** The samples of a text; {@code config} is the stage's. */
  CachedSamples(
      PackedText text,
      TrainingConfig config,
      int mask,
      NoiseLevels levels,
      Realisations realisations) {
    this.text = text;
    this.config = config;
    this.levels = levels;
    this.realisations = realisations;
    this.corruption = config.objective().corruption(mask, text.alphabet());
    var seed = config.run().seed();
    this.windows = windows(text, config);
    this.order = new SampleOrder(CounterHash.derive(seed, "order"), windows);
    this.maskSeed = CounterHash.derive(seed, "mask");
    this.timeSeed = CounterHash.derive(seed, "time");
    this.conditionSeed = CounterHash.derive(seed, "condition");
  }

  /** Samples of a text. */
  static long windows(PackedText text, TrainingConfig config) {
    return Math.max(1, text.length() / config.model().context());
  }

  /** Seed of the masks, which a cache is named by. */
  long maskSeed() {
    return maskSeed;
  }

  /** What a micro-batch of a step is made of. */
  List<Entry> entries(long step, int part) {
    var batch = config.training().batch();
    var parts = config.training().accumulate();
    var entries = new ArrayList<Entry>(batch);
    for (var i = 0; i < batch; i++) {
      var turn = order.at((step * parts + part) * batch + i);
      entries.add(new Entry(turn.sample(), realisations.of(turn.pass())));
    }
    return entries;
  }

  /** What is asked about some samples. */
  TokenBatch ask(List<Entry> entries) {
    var samples = entries.stream().map(this::sample).toList();
    var noise = entries.stream().map(entry -> levels.at(place(entry), 1)).toList();
    return config.objective().kind().ask(samples, noise, corruption);
  }

  private double place(Entry entry) {
    return CounterHash.unit(CounterHash.bits(timeSeed, entry.sample(), entry.realisation()));
  }

  private Sample sample(Entry entry) {
    var context = config.model().context();
    var seed = Realisations.seed(maskSeed, entry.realisation());
    var condition =
        config
            .objective()
            .condition()
            .of(CounterHash.bits(conditionSeed, entry.realisation()), entry.sample(), context);
    return new Sample(
        entry.sample(), seed, text.window(entry.sample() * context, context), condition);
  }

  /** Passes over the text that lie behind at a step. */
  double passes(long step) {
    return (double) step * config.training().batch() * config.training().accumulate() / windows;
  }
}
