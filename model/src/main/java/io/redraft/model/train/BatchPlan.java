package io.redraft.model.train;

import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.SampleOrder;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.BlockDiffusion;
import io.redraft.model.objective.Condition;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * What every step of a run sees: a pure function of the seed and the step. Each pass over the text
 * cuts it into windows at a new offset, shuffles them, and moves a share of them back to where
 * their document begins; noise levels are stratified over all sequences of a step.
 */
public final class BatchPlan implements TrainingLoop.Batches<TokenBatch> {
  private final PackedText text;
  private final TrainingConfig config;
  private final NoiseLevels levels;
  private final Corruption corruption;
  private final SampleOrder order;
  private final long windows;
  private final long shiftSeed;
  private final long startSeed;
  private final long timeSeed;
  private final long maskSeed;
  private final long conditionSeed;
  private final long blockSeed;
  private final long attentionSeed;
  private final int mask;

  /** The plan of a run over a text; {@code mask} is the mask's id or -1. */
  public BatchPlan(PackedText text, TrainingConfig config, int mask) {
    this(text, config, mask, config.objective().levels());
  }

  /** The same with other noise levels than those of the settings. */
  public BatchPlan(PackedText text, TrainingConfig config, int mask, NoiseLevels levels) {
    this.text = text;
    this.config = config;
    this.levels = levels;
    this.corruption = config.objective().corruption(mask, text.alphabet());
    var seed = config.run().seed();
    this.windows = Math.max(1, text.length() / config.model().context());
    this.order = new SampleOrder(CounterHash.derive(seed, "order"), windows);
    this.shiftSeed = CounterHash.derive(seed, "shift");
    this.startSeed = CounterHash.derive(seed, "start");
    this.timeSeed = CounterHash.derive(seed, "time");
    this.maskSeed = CounterHash.derive(seed, "mask");
    this.conditionSeed = CounterHash.derive(seed, "condition");
    this.blockSeed = CounterHash.derive(seed, "block");
    this.attentionSeed = CounterHash.derive(seed, "attention");
    this.mask = mask;
  }

  @Override
  public List<TokenBatch> step(long step) {
    var objective = config.objective();
    var size = objective.blockCausal().size(attentionSeed, step, config.model().attentionBlocks());
    return size > 0 ? blockCausal(step, new BlockDiffusion(size, mask)) : denoising(step);
  }

  private List<TokenBatch> blockCausal(long step, BlockDiffusion diffusion) {
    var batch = config.training().batch();
    var parts = config.training().accumulate();
    var batches = new ArrayList<TokenBatch>(parts);
    for (var part = 0; part < parts; part++) {
      var samples = new ArrayList<Sample>(batch);
      for (var i = 0; i < batch; i++) {
        samples.add(window((step * parts + part) * batch + i));
      }
      var asked = diffusion.ask(samples);
      batches.add(parts == 1 ? asked : asked.oneOf(parts));
    }
    return batches;
  }

  private List<TokenBatch> denoising(long step) {
    var batch = config.training().batch();
    var parts = config.training().accumulate();
    var places = StratifiedTimes.places(timeSeed, step, batch * parts);
    var highest = config.objective().curriculum().highest(passes(step));
    var batches = new ArrayList<TokenBatch>(parts);
    for (var part = 0; part < parts; part++) {
      var samples = new ArrayList<Sample>(batch);
      var noise = new ArrayList<NoiseLevel>(batch);
      for (var i = 0; i < batch; i++) {
        samples.add(sample((step * parts + part) * batch + i));
        // Neighbouring strata go to different micro-batches, so that each covers all levels.
        noise.add(levels.at(places[i * parts + part], highest));
      }
      var asked = config.objective().kind().ask(samples, noise, corruption);
      asked = config.objective().corruption().prediction().ask(asked);
      batches.add(parts == 1 ? asked : asked.oneOf(parts));
    }
    return batches;
  }

  @Override
  public double passes(long step) {
    return (double) step * config.training().batch() * config.training().accumulate() / windows;
  }

  /** The sample of a place in the order, nothing of it given. */
  private Sample window(long position) {
    var turn = order.at(position);
    var context = config.model().context();
    var shift = Long.remainderUnsigned(CounterHash.bits(shiftSeed, turn.pass()), context);
    var from = (turn.sample() * context + shift) % text.length();
    var chance = CounterHash.unit(CounterHash.bits(startSeed, turn.pass(), turn.sample()));
    if (chance < config.data().documentStarts()) {
      from = text.documentStart((int) from);
    }
    // Windows of one pass may begin at the same document; their number tells their masks apart.
    var id = CounterHash.bits(from, turn.sample());
    var passSeed = CounterHash.bits(maskSeed, turn.pass());
    return new Sample(id, passSeed, text.window(from, context));
  }

  private Sample sample(long position) {
    var window = window(position);
    var pass = order.at(position).pass();
    var context = config.model().context();
    var objective = config.objective();
    var block = objective.blocks().of(CounterHash.bits(blockSeed, pass), window.id(), context);
    var condition =
        block.none()
            ? objective.condition().of(CounterHash.bits(conditionSeed, pass), window.id(), context)
            : Condition.NONE;
    return new Sample(window.id(), window.passSeed(), window.tokens(), condition, block);
  }
}
