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
  public List<NextToken> extend(List<ExtendTask> batch) {
    var results = new ArrayList<NextToken>();
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

  private NextToken extend(ExtendTask task) {
    int[] before = sequences.getOrDefault(task.sequence(), new int[0]);
    int[] all = Arrays.copyOf(before, before.length + task.tokens().length);
    System.arraycopy(task.tokens(), 0, all, before.length, task.tokens().length);
    sequences.put(task.sequence(), all);
    long key = CounterRandom.key(Arrays.hashCode(all), 0, all.length);
    double[] logits = new double[CONFIG.vocabularySize()];
    for (int t = 0; t < logits.length; t++) {
      logits[t] = 6 * CounterRandom.uniform(key, t);
    }
    logits[CONFIG.beginToken()] = Double.NEGATIVE_INFINITY;
    var draw = ReferenceSampler.draw(logits, task.sampling(), task.seed(), 0, all.length);
    return new NextToken(draw.token(), (float) draw.confidence(), (float) draw.entropy());
  }
}
