package io.redraft.actors.serving;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.FakeCausalModel;
import io.redraft.model.decode.FakeDenoiser;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Loads models without tensors, keeps a record of who touched them and how, and fails when told to.
 */
final class FakeModels implements ModelLoader {
  /** Sizes of blocks that those with block-causal attention have learned, beside seeing all. */
  static final List<Integer> BLOCKS = List.of(4, 6, 8);

  private final AttentionMode attention;
  private final NetworkConfig denoising;
  private volatile CountDownLatch gate;
  private volatile CountDownLatch arrived;
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final Queue<Throwable> loadFailures = new ConcurrentLinkedQueue<>();
  private volatile RuntimeException everyLoad;

  /** Threads that loaded, computed, released or closed. */
  final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /** Models that were loaded. */
  final AtomicInteger loads = new AtomicInteger();

  /** Models that are open now. */
  final AtomicInteger open = new AtomicInteger();

  /** Canvases in each forward, in order. */
  final Queue<Integer> batches = new ConcurrentLinkedQueue<>();

  /** Told the seeds of the requests in each forward, before it is computed. */
  volatile Consumer<List<Long>> observer = seeds -> {};

  /** Positions that the forward in progress computes, over all its canvases. */
  volatile int computing;

  /** Forwards over appended runs of unlike lengths. */
  final AtomicInteger unlike = new AtomicInteger();

  /** Passes that filled a lost cache of block-causal attention: they only score a token. */
  final AtomicInteger refilled = new AtomicInteger();

  /** Sequences that are cached now. */
  final Set<Long> cached = ConcurrentHashMap.newKeySet();

  FakeModels(AttentionMode attention) {
    this(attention, denoising(attention));
  }

  /** Shape of the denoisers of a network with this attention; a causal one has none. */
  static NetworkConfig denoising(AttentionMode attention) {
    return attention == AttentionMode.BLOCK_CAUSAL
        ? FakeDenoiser.CONFIG.withAttentionBlocks(BLOCKS)
        : FakeDenoiser.CONFIG;
  }

  private FakeModels(AttentionMode attention, NetworkConfig denoising) {
    this.attention = attention;
    this.denoising = denoising;
  }

  /** Denoisers with the tokens of the fake causal model, which may verify them. */
  static FakeModels verifiable() {
    var causal = FakeCausalModel.CONFIG;
    return new FakeModels(
        AttentionMode.BIDIRECTIONAL,
        new NetworkConfig(
                causal.vocabularySize(),
                8,
                1,
                1,
                1,
                8,
                8,
                causal.contextLength(),
                1e-5,
                10000,
                true,
                AttentionMode.BIDIRECTIONAL,
                causal.vocabularySize() - 1,
                -1,
                causal.endToken())
            .withAttentionBlocks(BLOCKS));
  }

  /** Shape of its denoisers. */
  NetworkConfig network() {
    return denoising;
  }

  /** Forwards wait from now on. */
  void pause() {
    gate = new CountDownLatch(1);
    arrived = new CountDownLatch(1);
  }

  /** Waits until a forward waits. */
  void awaitPaused() {
    await(arrived);
  }

  /** No forward waits any more. */
  void goOn() {
    var waiting = gate;
    gate = null;
    waiting.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited in vain");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The next forward, or the one that waits, throws this {@code RuntimeException} or {@code Error}.
   */
  void failNextForward(Throwable failure) {
    failures.add(failure);
  }

  /** Every load throws this from now on; none does after {@code null}. */
  void failLoads(RuntimeException failure) {
    everyLoad = failure;
  }

  /** The next load throws this, a {@code RuntimeException} or an {@code Error}. */
  void failNextLoad(Throwable failure) {
    loadFailures.add(failure);
  }

  @Override
  public LoadedModel load(BlockRange blocks) {
    threads.add(Thread.currentThread());
    if (everyLoad != null) {
      throw everyLoad;
    }
    var failure = loadFailures.poll();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (open.incrementAndGet() > 1) {
      throw new IllegalStateException("a second model while the first is open");
    }
    loads.incrementAndGet();
    return attention == AttentionMode.CAUSAL
        ? new LoadedModel.Causal(info(FakeCausalModel.CONFIG), new Causal())
        : new LoadedModel.Diffusion(info(denoising), new Diffusion());
  }

  private static ModelInfo info(NetworkConfig network) {
    return new ModelInfo("fake", network, "float32");
  }

  private void forward(List<Long> seeds) {
    threads.add(Thread.currentThread());
    observer.accept(seeds);
    var paused = gate;
    if (paused != null) {
      arrived.countDown();
      await(paused);
    }
    var failure = failures.poll();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    batches.add(seeds.size());
  }

  private void closed() {
    threads.add(Thread.currentThread());
    open.decrementAndGet();
  }

  private final class Diffusion implements Denoiser {
    private final FakeDenoiser denoiser = new FakeDenoiser(denoising, 0);

    @Override
    public NetworkConfig config() {
      return denoiser.config();
    }

    @Override
    public List<Candidates> denoise(List<DenoiseTask> batch) {
      computing = batch.stream().mapToInt(task -> task.shape().tokens()).sum();
      forward(batch.stream().map(DenoiseTask::seed).toList());
      var candidates = denoiser.denoise(batch);
      count(batch);
      cached.addAll(denoiser.cached());
      return candidates;
    }

    private void count(List<DenoiseTask> batch) {
      var appended =
          batch.stream().filter(task -> task.cache() instanceof CacheUse.Append).toList();
      if (appended.stream().map(DenoiseTask::shape).distinct().count() > 1) {
        unlike.incrementAndGet();
      }
      for (var task : appended) {
        boolean scores = task.rows().length == 1 && task.canvas()[task.rows()[0]] != mask();
        refilled.addAndGet(scores ? 1 : 0);
      }
    }

    private int mask() {
      return denoising.maskToken();
    }

    @Override
    public void release(long sequence) {
      threads.add(Thread.currentThread());
      denoiser.release(sequence);
      cached.remove(sequence);
    }

    @Override
    public void close() {
      denoiser.close();
      cached.clear();
      closed();
    }
  }

  private final class Causal implements CausalModel {
    private final FakeCausalModel model = new FakeCausalModel();

    @Override
    public NetworkConfig config() {
      return model.config();
    }

    @Override
    public List<Candidates> extend(List<ExtendTask> batch) {
      forward(batch.stream().map(ExtendTask::seed).toList());
      batch.forEach(task -> cached.add(task.sequence()));
      return model.extend(batch);
    }

    @Override
    public void release(long sequence) {
      threads.add(Thread.currentThread());
      model.release(sequence);
      cached.remove(sequence);
    }

    @Override
    public void close() {
      model.close();
      cached.clear();
      closed();
    }
  }
}
