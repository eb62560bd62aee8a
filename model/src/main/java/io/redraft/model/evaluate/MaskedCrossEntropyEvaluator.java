package io.redraft.model.evaluate;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.objective.Objective;
import java.util.Arrays;
import java.util.List;

/**
 * The mean cross-entropy of masked tokens on a text whose mask ratios lie in a range, or are one
 * ratio exactly: how well a network does what it was trained for that sees no others. Every masked
 * token counts alike. It is no bound of anything ({@link Evaluation.Kind#MASKED_CROSS_ENTROPY}).
 *
 * <p>The text is read as {@link MaskedChunks} have it, under the masks' seeds that {@link
 * BoundEvaluator} has, and with ratios that are stratified within a chunk.
 */
public final class MaskedCrossEntropyEvaluator {
  private final TokenScorer scorer;
  private final NetworkConfig network;
  private final int batchSize;

  /** An evaluator that asks about at most {@code batchSize} sequences at a time. */
  public MaskedCrossEntropyEvaluator(TokenScorer scorer, NetworkConfig network, int batchSize) {
    this.scorer = scorer;
    this.network = network;
    this.batchSize = batchSize;
  }

  /**
   * Evaluates. Sequences are asked about chunk by chunk, and those of a chunk mask by mask.
   *
   * @param lowest lowest mask ratio, 0 or more
   * @param highest highest mask ratio, at most 1; the lowest for exactly that ratio
   * @param masks masks a chunk, K
   * @param seed fixes ratios and masks
   */
  public Evaluation evaluate(
      EvaluationText text, double lowest, double highest, int masks, long seed) {
    var levels = new NoiseLevels.Uniform(lowest, highest);
    var hidden = new Corruption.Masking(network.maskToken());
    var total = 0.0;
    var masked = 0L;
    for (var asked :
        new MaskedChunks(text.tokens(), network.contextLength(), masks, batchSize, seed)) {
      var noise = Arrays.stream(asked.places()).mapToObj(place -> levels.at(place, 1)).toList();
      for (var nats : scorer.crossEntropy(Objective.UNIFORM.ask(asked.samples(), noise, hidden))) {
        total += nats;
        masked++;
      }
    }
    var mean = masked == 0 ? Double.NaN : total / masked;
    return new Evaluation(
        Evaluation.Kind.MASKED_CROSS_ENTROPY,
        masked,
        text.bytes(),
        text.characters(),
        total,
        masks,
        List.of(new Evaluation.Bucket(lowest, highest, masked, mean)),
        List.of());
  }
}
