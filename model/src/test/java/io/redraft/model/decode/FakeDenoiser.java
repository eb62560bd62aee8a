package io.redraft.model.decode;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A denoiser without a network: its logits are a hash of the whole canvas and the position, so
 * every token of the context matters and equal tasks give equal candidates, whatever their batch. A
 * pass that reuses a cache depends on the canvas of the refresh too, and fails where that is stale
 * or missing. Draws by {@link ReferenceSampler}.
 */
public final class FakeDenoiser implements Denoiser {
  /** Vocabulary 50, of which the last two are the end of text and the mask; context 64. */
  public static final NetworkConfig CONFIG = config(50, 64);

  /**
   * A canvas, a hash of what it saw at the refresh, and of how many of its positions keys and
   * values are kept.
   */
  private record Kept(int[] tokens, long seen, int filled) {}

  private final NetworkConfig config;
  private final double endLogit;
  private final Map<Long, Kept> caches = new HashMap<>();
  private long forwards;
  private boolean closed;

  /** A denoiser that ends a text now and then. */
  public FakeDenoiser() {
    this(CONFIG, 0);
  }

  /**
   * A denoiser of another shape.
   *
   * @param endLogit added to the end token's logit, which is otherwise between -3 and 3 like all
   *     others; −∞ never ends a text
   */
  public FakeDenoiser(NetworkConfig config, double endLogit) {
    this.config = config;
    this.endLogit = endLogit;
  }

  /** A bidirectional shape; the last two ids are the end of text and the mask. */
  public static NetworkConfig config(int vocabulary, int context) {
    return new NetworkConfig(
        vocabulary,
        8,
        1,
        1,
        1,
        8,
        8,
        context,
        1e-5,
        10000,
        true,
        AttentionMode.BIDIRECTIONAL,
        vocabulary - 1,
        -1,
        vocabulary - 2);
  }

  /** The end of a plan that this denoiser carries out alone. */
  public DecodeState write(DecodePlan plan) {
    var state = DecodeState.start(plan);
    while (!state.done()) {
      state = state.advance(denoise(List.of(state.next())).get(0)).state();
    }
    return state;
  }

  @Override
  public NetworkConfig config() {
    return config;
  }

  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    var shape = batch.get(0).shape();
    if (batch.stream().anyMatch(task -> !task.shape().joins(shape))
        || batch.stream().anyMatch(task -> task.canvas().length > config.contextLength())) {
      throw new IllegalArgumentException("tasks of unequal shape or excessive length");
    }
    forwards++;
    var results = new ArrayList<Candidates>();
    batch.forEach(task -> results.add(denoise(task)));
    return results;
  }

  @Override
  public void release(long sequence) {
    caches.remove(sequence);
  }

  /** Sequences that have a cache. */
  public Set<Long> cached() {
    return Set.copyOf(caches.keySet());
  }

  /** Forward passes so far. */
  public long forwards() {
    return forwards;
  }

  @Override
  public void close() {
    closed = true;
  }

  private Candidates denoise(DenoiseTask task) {
    long all = context(task);
    int n = task.rows().length;
    var result = new Candidates(task.rows().clone(), new int[n], new float[n], new float[n]);
    for (int i = 0; i < n; i++) {
      int position = task.rows()[i];
      long context = task.attentionBlock() > 0 ? context(task, position) : all;
      double[] logits = logits(context, position);
      if (task.unconditional().isPresent()) {
        var other = task.unconditional().get();
        double[] free = logits(Arrays.hashCode(other.canvas()), position);
        logits = ReferenceSampler.guide(logits, free, other.weight());
      }
      logits = ReferenceSampler.bar(logits, config.maskToken(), task.barredAt(position));
      int here = task.canvas()[position];
      var draw =
          here == config.maskToken()
              ? ReferenceSampler.draw(logits, task.sampling(), task.seed(), task.step(), position)
              : ReferenceSampler.score(logits, here);
      result.tokens()[i] = draw.token();
      result.confidences()[i] = (float) draw.confidence();
      result.entropies()[i] = (float) draw.entropy();
    }
    return result;
  }

  /** A hash of all that a position may see block-causally. */
  private static long context(DenoiseTask task, int position) {
    int end = (position / task.attentionBlock() + 1) * task.attentionBlock();
    return Arrays.hashCode(Arrays.copyOf(task.canvas(), Math.min(end, task.canvas().length)));
  }

  /** A hash of all that a position may see; keeps or checks what is cached. */
  private long context(DenoiseTask task) {
    int[] canvas = task.canvas();
    long seen = Arrays.hashCode(canvas);
    if (task.cache() instanceof CacheUse.Refresh refresh) {
      caches.put(refresh.sequence(), new Kept(canvas.clone(), seen, canvas.length));
    } else if (task.cache() instanceof CacheUse.Reuse reuse) {
      Kept kept = caches.get(reuse.sequence());
      if (kept == null || kept.filled() < canvas.length) {
        throw new IllegalStateException("no cache of sequence " + reuse.sequence());
      }
      for (int p = 0; p < canvas.length; p++) {
        if (canvas[p] != kept.tokens()[p] && Arrays.binarySearch(reuse.positions(), p) < 0) {
          throw new IllegalStateException("the cache is stale at position " + p);
        }
      }
      System.arraycopy(canvas, 0, kept.tokens(), 0, canvas.length);
      seen = 31 * seen + kept.seen();
    } else if (task.cache() instanceof CacheUse.Append append) {
      append(append, canvas, task.rows());
    } else if (task.cache() instanceof CacheUse.Amend amend) {
      amend(amend, canvas);
    }
    return seen;
  }

  /** A cache holds all that was appended; what is built upon must be as it is now. */
  private void append(CacheUse.Append append, int[] canvas, int[] rows) {
    if (Arrays.stream(rows).anyMatch(row -> row < append.from() || row >= append.to())) {
      throw new IllegalStateException("a row that is not among the positions of " + append);
    }
    Kept before = caches.get(append.sequence());
    if (append.from() > 0
        && (before == null
            || before.tokens().length != canvas.length
            || before.filled() < append.from()
            || !Arrays.equals(before.tokens(), 0, append.from(), canvas, 0, append.from()))) {
      throw new IllegalStateException("what stands before %s is not cached".formatted(append));
    }
    var kept = new Kept(canvas.clone(), 0, append.to());
    caches.put(append.sequence(), kept);
  }

  /** A block that was appended before; what is not computed anew must be what was kept. */
  private void amend(CacheUse.Amend amend, int[] canvas) {
    Kept kept = caches.get(amend.sequence());
    if (kept == null || kept.tokens().length != canvas.length || kept.filled() < amend.to()) {
      throw new IllegalStateException("nothing is cached that %s could amend".formatted(amend));
    }
    for (int p = 0; p < amend.to(); p++) {
      if (canvas[p] != kept.tokens()[p] && Arrays.binarySearch(amend.positions(), p) < 0) {
        throw new IllegalStateException("the cache is stale at position " + p);
      }
    }
    System.arraycopy(canvas, 0, kept.tokens(), 0, amend.to());
  }

  private double[] logits(long context, int position) {
    long key = CounterRandom.key(context, 0, position);
    // Some positions are surer than others, as with a real network.
    double sharpness = 1 + 5 * CounterRandom.uniform(key, CounterRandom.NO_TOKEN);
    double[] logits = new double[config.vocabularySize()];
    for (int t = 0; t < logits.length; t++) {
      logits[t] = sharpness * (CounterRandom.uniform(key, t) - 0.5);
    }
    if (config.endToken() >= 0) {
      logits[config.endToken()] += endLogit;
    }
    return logits;
  }
}
