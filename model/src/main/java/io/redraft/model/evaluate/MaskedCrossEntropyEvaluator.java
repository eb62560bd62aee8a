package io.redraft.model.evaluate;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.Corruption;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseLevel;
import io.redraft.model.noise.NoiseLevels;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import java.util.ArrayList;
import java.util.List;

/**
 * The mean cross-entropy of masked tokens on a text whose mask ratios lie in a range, or are one
 * ratio exactly: how well a network does what it was trained for that sees no others. Every masked
 * token counts alike. It is no bound of anything ({@link Evaluation.Kind#MASKED_CROSS_ENTROPY}).
 *
 * <p>The text is cut into chunks of the context's length, the last one shorter, and every chunk is
 * read under K masks. Their ratios are stratified within the chunk, and their seeds are those that
 * {@link BoundEvaluator} has; both depend on nothing but the seed.
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
    var offsets = CounterHash.derive(seed, "times");
    var places = CounterHash.derive(seed, "masks");
    var total = 0.0;
    var masked = 0L;
    List<Sample> samples = new ArrayList<>();
    List<NoiseLevel> noise = new ArrayList<>();
    var chunks = Chunks.of(text.tokens(), network.contextLength(), 0);
    for (var c = 0; c < chunks.size(); c++) {
      var strata = StratifiedTimes.places(offsets, c, masks);
      for (var k = 0; k < masks; k++) {
        samples.add(new Sample(c, CounterHash.bits(places, k), chunks.get(c)));
        noise.add(levels.at(strata[k], 1));
        var last = k + 1 == masks && (c + 1 == chunks.size() || Chunks.shorter(chunks, c + 1));
        if (samples.size() == batchSize || last) {
          for (var nats : losses(samples, noise)) {
            total += nats;
            masked++;
          }
          samples.clear();
          noise.clear();
        }
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

  private float[] losses(List<Sample> samples, List<NoiseLevel> noise) {
    var hidden = new Corruption.Masking(network.maskToken());
    return scorer.crossEntropy(Objective.UNIFORM.ask(samples, noise, hidden));
  }
}
