package io.redraft.model.decode;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A causal model without a network: its logits are a hash of everything in the sequence. It keeps a
 * cache a sequence as a real one does, so appending to the wrong one shows.
 */
public final class FakeCausalModel implements CausalModel {
  /** Vocabulary 50, beginning with token 0, ending with token 1; context 64. */
  public static final NetworkConfig CONFIG =
      new NetworkConfig(
          50, 8, 1, 1, 1, 8, 8, 64, 1e-5, 10000, true, AttentionMode.CAUSAL, -1, 0, 1);

  private final Map<Long, int[]> sequences = new HashMap<>();

  @Override
  public NetworkConfig config() {
    return CONFIG;
  }

  @Override
  public List<Candidates> extend(List<ExtendTask> batch) {
    var results = new ArrayList<Candidates>();
    batch.forEach(task -> results.add(extend(task)));
    return results;
  }

  @Override
  public void release(long sequence) {
    sequences.remove(sequence);
  }

  /** Sequences that hold a cache. */
  public int open() {
    return sequences.size();
  }

  @Override
  public void close() {
    sequences.clear();
  }

  private Candidates extend(ExtendTask task) {
    int[] before = sequences.getOrDefault(task.sequence(), new int[0]);
    if (task.kept() > before.length) {
      throw new IllegalStateException(
          "%d tokens are kept of %d".formatted(task.kept(), before.length));
    }
    int[] all = Arrays.copyOf(before, task.kept() + task.tokens().length);
    System.arraycopy(task.tokens(), 0, all, task.kept(), task.tokens().length);
    sequences.put(task.sequence(), all);
    int n = task.rows().length;
    var results = new Candidates(task.positions(), new int[n], new float[n], new float[n]);
    for (int i = 0; i < n; i++) {
      int position = results.positions()[i];
      double[] logits = logits(Arrays.copyOf(all, position));
      var draw =
          task.given()[i] >= 0
              ? ReferenceSampler.score(logits, task.given()[i])
              : ReferenceSampler.draw(logits, task.sampling(), task.seed(), 0, position);
      results.tokens()[i] = draw.token();
      results.confidences()[i] = (float) draw.confidence();
      results.entropies()[i] = (float) draw.entropy();
    }
    return results;
  }

  /** Logits of what follows these tokens. */
  public static double[] logits(int[] tokens) {
    long key = CounterRandom.key(Arrays.hashCode(tokens), 0, tokens.length);
    double[] logits = new double[CONFIG.vocabularySize()];
    for (int t = 0; t < logits.length; t++) {
      logits[t] = 6 * CounterRandom.uniform(key, t);
    }
    logits[CONFIG.beginToken()] = Double.NEGATIVE_INFINITY;
    return logits;
  }
}
