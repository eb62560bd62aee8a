package io.redraft.model.evaluate;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.TimeBand;
import io.redraft.model.objective.BlockDiffusion;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Evaluates a network on a text cut into chunks of its context length, the last one shorter.
 *
 * <p>For a denoiser: the bound of {@link Objective#NELBO}, each chunk under K masks whose times are
 * stratified within the chunk; the schedule is log-linear, which the bound does not depend on. For
 * a causal network: the exact loss; every chunk begins with the last token of the one before, so
 * that all tokens but the very first are predicted.
 */
public final class BoundEvaluator {
  private final TokenScorer scorer;
  private final NetworkConfig network;
  private final int batchSize;

  /** An evaluator that asks about {@code batchSize} sequences at a time. */
  public BoundEvaluator(TokenScorer scorer, NetworkConfig network, int batchSize) {
    this.scorer = scorer;
    this.network = network;
    this.batchSize = batchSize;
  }

  /** Number of sequences that {@link #evaluate} will look at. */
  public long sequences(EvaluationText text, int masks) {
    var context = network.contextLength();
    var chunks = (text.tokens().length + context - 1L) / context;
    var blockCausal =
        network.attentionBlocks().stream()
            .mapToLong(size -> chunks * BlockBoundEvaluator.masks(size, masks))
            .sum();
    return switch (network.attention()) {
      case CAUSAL -> chunks;
      case BIDIRECTIONAL -> chunks * masks + blockCausal;
      case BLOCK_CAUSAL -> blockCausal;
    };
  }

  /**
   * Evaluates.
   *
   * @param masks masks a chunk; not used where the loss is exact
   * @param seed fixes times and masks
   * @param progress told the sequences done so far
   */
  public Evaluation evaluate(EvaluationText text, int masks, long seed, LongConsumer progress) {
    return switch (network.attention()) {
      case CAUSAL -> exact(text, progress);
      case BIDIRECTIONAL -> bound(text, masks, seed, progress);
      case BLOCK_CAUSAL -> blocksAlone(text, masks, seed, progress);
    };
  }

  private Evaluation bound(EvaluationText text, int masks, long seed, LongConsumer progress) {
    var buckets = new MaskRatioBuckets();
    var total = 0.0;
    var done = 0L;
    for (var asked :
        new MaskedChunks(text.tokens(), network.contextLength(), masks, batchSize, seed)) {
      total += score(asked, buckets) / masks;
      done += asked.samples().size();
      progress.accept(done);
    }
    return new Evaluation(
        false,
        text.tokens().length,
        text.bytes(),
        text.characters(),
        total,
        masks,
        buckets.means(),
        blockCausal(text, masks, seed, new MaskRatioBuckets(), done, progress));
  }

  /** The bounds of all sizes of blocks; of the last the losses are gathered by mask ratio. */
  private List<BlockBound> blockCausal(
      EvaluationText text,
      int masks,
      long seed,
      MaskRatioBuckets last,
      long before,
      LongConsumer progress) {
    var done = new AtomicLong(before);
    var sizes = network.attentionBlocks();
    List<BlockBound> bounds = new ArrayList<>();
    for (var size : sizes) {
      var buckets = bounds.size() + 1 == sizes.size() ? last : new MaskRatioBuckets();
      var diffusion = new BlockDiffusion(size, network.maskToken());
      bounds.add(
          new BlockBoundEvaluator(scorer, diffusion, batchSize)
              .evaluate(
                  text.tokens(),
                  network.contextLength(),
                  masks,
                  seed,
                  buckets,
                  sequences -> progress.accept(done.addAndGet(sequences))));
    }
    return bounds;
  }

  /** What a network that attends block-causally and in no other way is judged by. */
  private Evaluation blocksAlone(EvaluationText text, int masks, long seed, LongConsumer progress) {
    var buckets = new MaskRatioBuckets();
    var bounds = blockCausal(text, masks, seed, buckets, 0, progress);
    var largest = bounds.get(bounds.size() - 1);
    return new Evaluation(
        false,
        text.tokens().length,
        text.bytes(),
        text.characters(),
        largest.nats(),
        masks,
        buckets.means(),
        bounds);
  }

  /** Σ w · CE of a batch in nats, not divided by the number of tokens. */
  private double score(MaskedChunks.Batch asked, MaskRatioBuckets buckets) {
    var t = Arrays.stream(asked.places()).map(TimeBand.FULL::at).toArray();
    var batch =
        Objective.NELBO.ask(asked.samples(), t, NoiseSchedule.LOG_LINEAR, network.maskToken());
    var losses = scorer.crossEntropy(batch);
    var total = 0.0;
    for (var n = 0; n < losses.length; n++) {
      var time = t[batch.rows()[n] / batch.length()];
      total += NoiseSchedule.LOG_LINEAR.weight(time) * losses[n];
      buckets.add(NoiseSchedule.LOG_LINEAR.maskRatio(time), losses[n]);
    }
    return total;
  }

  private Evaluation exact(EvaluationText text, LongConsumer progress) {
    var tokens = text.tokens();
    if (network.beginToken() >= 0) {
      tokens = new int[text.tokens().length + 1];
      tokens[0] = network.beginToken();
      System.arraycopy(text.tokens(), 0, tokens, 1, text.tokens().length);
    }
    var total = 0.0;
    var predicted = 0L;
    var done = 0L;
    var chunks = Chunks.of(tokens, network.contextLength(), 1);
    for (var from = 0; from < chunks.size(); ) {
      var to = from;
      while (to < chunks.size()
          && to - from < batchSize
          && (to == from || !Chunks.shorter(chunks, to))) {
        to++;
      }
      for (var loss : scorer.crossEntropy(causal(chunks.subList(from, to)))) {
        total += loss;
        predicted++;
      }
      done += to - from;
      progress.accept(done);
      from = to;
    }
    return new Evaluation(true, predicted, text.bytes(), text.characters(), total, 1, List.of());
  }

  /** Asks for every token of a chunk after its first; the network reads all but the last. */
  private static TokenBatch causal(List<int[]> chunks) {
    var length = chunks.get(0).length - 1;
    var inputs = new int[chunks.size() * length];
    var targets = new int[inputs.length];
    var rows = new int[inputs.length];
    for (var b = 0; b < chunks.size(); b++) {
      System.arraycopy(chunks.get(b), 0, inputs, b * length, length);
      System.arraycopy(chunks.get(b), 1, targets, b * length, length);
    }
    Arrays.setAll(rows, i -> i);
    var weights = new float[inputs.length];
    Arrays.fill(weights, 1);
    return new TokenBatch(chunks.size(), length, inputs, rows, targets, weights);
  }
}
