package io.redraft.model.evaluate;

import io.redraft.model.objective.BlockDiffusion;
import io.redraft.model.objective.Sample;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The bound of {@link BlockDiffusion} on a text cut into chunks of the context's length, the last
 * one shorter, each chunk under K masks. Blocks of one token have but one mask, and their bound is
 * exact.
 */
final class BlockBoundEvaluator {
  private final TokenScorer scorer;
  private final BlockDiffusion diffusion;
  private final int batchSize;

  BlockBoundEvaluator(TokenScorer scorer, BlockDiffusion diffusion, int batchSize) {
    this.scorer = scorer;
    this.diffusion = diffusion;
    this.batchSize = batchSize;
  }

  /** Masks a chunk, if as many are wanted where there is a choice. */
  static int masks(int size, int wanted) {
    return size == 1 ? 1 : wanted;
  }

  /**
   * Evaluates.
   *
   * @param tokens the text
   * @param context tokens of a chunk
   * @param wanted masks a chunk
   * @param seed fixes the masks
   * @param buckets gather the losses by the share of a token's block that is masked
   * @param progress told how many sequences a batch had
   */
  BlockBound evaluate(
      int[] tokens,
      int context,
      int wanted,
      long seed,
      MaskRatioBuckets buckets,
      LongConsumer progress) {
    var masks = masks(diffusion.size(), wanted);
    var total = 0.0;
    for (var asked : new MaskedChunks(tokens, context, masks, batchSize, seed)) {
      total += score(asked.samples(), buckets) / masks;
      progress.accept(asked.samples().size());
    }
    return new BlockBound(diffusion.size(), total, tokens.length);
  }

  /** Σ (L/m) · CE of a batch in nats, not divided by the number of tokens. */
  private double score(List<Sample> samples, MaskRatioBuckets buckets) {
    var batch = diffusion.ask(samples);
    var losses = scorer.crossEntropy(batch);
    var tokens = batch.batch() * batch.tokens();
    var total = 0.0;
    for (var n = 0; n < losses.length; n++) {
      var weight = (double) batch.weights()[n] * tokens; // L/m
      total += weight * losses[n];
      buckets.add(1 / weight, losses[n]);
    }
    return total;
  }
}
