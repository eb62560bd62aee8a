package io.redraft.model.evaluate;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.CounterHash;
import io.redraft.model.noise.NoiseSchedule;
import io.redraft.model.noise.StratifiedTimes;
import io.redraft.model.objective.Objective;
import io.redraft.model.objective.Sample;
import io.redraft.model.objective.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
  private static final int BUCKETS = 10;

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
    return network.attention() == AttentionMode.CAUSAL ? chunks : chunks * masks;
  }

  /**
   * Evaluates.
   *
   * @param masks masks a chunk; not used where the loss is exact
   * @param seed fixes times and masks
   * @param progress told the sequences done so far
   */
  public Evaluation evaluate(EvaluationText text, int masks, long seed, LongConsumer progress) {
    return network.attention() == AttentionMode.CAUSAL
        ? exact(text, progress)
        : bound(text, masks, seed, progress);
  }

  private Evaluation bound(EvaluationText text, int masks, long seed, LongConsumer progress) {
    var buckets = new double[BUCKETS];
    var counts = new long[BUCKETS];
    var total = 0.0;
    var done = 0L;
    var offsets = CounterHash.derive(seed, "times");
    var places = CounterHash.derive(seed, "masks");
    List<Sample> samples = new ArrayList<>();
    List<Double> times = new ArrayList<>();
    var chunks = chunks(text.tokens(), network.contextLength(), 0);
    for (var c = 0; c < chunks.size(); c++) {
      var chunk = chunks.get(c);
      var u = CounterHash.unit(CounterHash.bits(offsets, c));
      var chunkTimes = StratifiedTimes.of(u, masks);
      for (var k = 0; k < masks; k++) {
        samples.add(new Sample(c, CounterHash.bits(places, k), chunk));
        times.add(chunkTimes[k]);
        var last = k + 1 == masks && (c + 1 == chunks.size() || shorter(chunks, c + 1));
        if (samples.size() == batchSize || last) {
          total += score(samples, times, buckets, counts) / masks;
          done += samples.size();
          progress.accept(done);
          samples.clear();
          times.clear();
        }
      }
    }
    List<Evaluation.Bucket> byRatio = new ArrayList<>();
    for (var i = 0; i < BUCKETS; i++) {
      byRatio.add(
          new Evaluation.Bucket(
              (double) i / BUCKETS,
              (i + 1.0) / BUCKETS,
              counts[i],
              counts[i] == 0 ? Double.NaN : buckets[i] / counts[i]));
    }
    return new Evaluation(
        false, text.tokens().length, text.bytes(), text.characters(), total, masks, byRatio);
  }

  /** Σ w · CE of a batch in nats, not divided by the number of tokens. */
  private double score(List<Sample> samples, List<Double> times, double[] sums, long[] counts) {
    var t = times.stream().mapToDouble(Double::doubleValue).toArray();
    var batch = Objective.NELBO.ask(samples, t, NoiseSchedule.LOG_LINEAR, network.maskToken());
    var losses = scorer.crossEntropy(batch);
    var total = 0.0;
    for (var n = 0; n < losses.length; n++) {
      var time = t[batch.rows()[n] / batch.length()];
      total += NoiseSchedule.LOG_LINEAR.weight(time) * losses[n];
      var ratio = NoiseSchedule.LOG_LINEAR.maskRatio(time);
      var bucket = Math.min(BUCKETS - 1, (int) (ratio * BUCKETS));
      sums[bucket] += losses[n];
      counts[bucket]++;
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
    var chunks = chunks(tokens, network.contextLength(), 1);
    for (var from = 0; from < chunks.size(); ) {
      var to = from;
      while (to < chunks.size() && to - from < batchSize && (to == from || !shorter(chunks, to))) {
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

  /** Whether a chunk cannot share a batch with the one before it. */
  private static boolean shorter(List<int[]> chunks, int i) {
    return i > 0 && chunks.get(i).length != chunks.get(i - 1).length;
  }

  /** Pieces of {@code length} tokens, each with the {@code overlap} tokens that follow it. */
  private static List<int[]> chunks(int[] tokens, int length, int overlap) {
    List<int[]> chunks = new ArrayList<>();
    for (var from = 0; from + overlap < tokens.length; from += length) {
      chunks.add(
          Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + length + overlap)));
    }
    return chunks;
  }
}
