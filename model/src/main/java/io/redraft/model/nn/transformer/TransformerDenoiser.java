package io.redraft.model.nn.transformer;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CounterRandom;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.DepthPass;
import io.redraft.model.decode.DepthRange;
import io.redraft.model.decode.PassShape;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import io.redraft.model.tensor.TensorList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A Transformer as a {@link Denoiser}: one native call a pass. All canvases share the blocks'
 * matrix products; only rows that are asked about reach the end of the last block and the head,
 * whose logits never leave the device. Canvases that guidance compares with go through the same
 * pass, behind the tasks' own.
 *
 * <p>Keys and values of canvases that keep them stay on the device until they are released. A pass
 * that reuses them computes the asked positions of all its canvases together; each canvas attends
 * over its own keys and values by itself.
 *
 * <p>On the CPU a task's result has the same bits in every batch
 * (docs/decisions/batch-invariance.md). On a GPU the library chooses its kernels by the batch, and
 * a result may differ in the last bits.
 */
public final class TransformerDenoiser implements Denoiser {
  private final PreparedNetwork network;
  private final NetworkConfig config;
  private final SequenceCaches caches;
  private final Optional<RecordedStreams> recorded;
  private boolean closed;

  /** A denoiser over a network that has a mask; closes it when it is closed. */
  public TransformerDenoiser(PreparedNetwork network) {
    this(network, true);
  }

  /**
   * The same.
   *
   * @param record whether a GPU records passes over whole canvases and replays them
   */
  public TransformerDenoiser(PreparedNetwork network, boolean record) {
    this.network = network;
    this.recorded =
        record
            ? network.kernels().graphs().map(graphs -> new RecordedStreams(network, graphs))
            : Optional.empty();
    this.config = network.config();
    this.caches = new SequenceCaches(network);
    if (config.maskToken() < 0) {
      throw new IllegalArgumentException("a network without a mask token cannot denoise");
    }
  }

  @Override
  public NetworkConfig config() {
    return config;
  }

  /** The network itself, for evaluation. */
  public PreparedNetwork network() {
    return network;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if a task takes from a cache what no pass has left there
   */
  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    if (closed) {
      throw new IllegalStateException("the denoiser is closed");
    }
    PassShape shape = batch.get(0).shape();
    batch.forEach(task -> TaskCheck.check(task, shape, config));
    var asked = new AskedPositions(batch, network.kernels().device());
    if (asked.size() == 0) {
      return batch.stream().map(task -> Candidates.none()).toList();
    }
    try (DeviceScope scope = network.kernels().scope()) {
      var plan = new RowPlan(rows(batch), network.kernels().device());
      KernelCall call =
          switch (shape.extent()) {
            case WHOLE ->
                shape.depth().isPresent()
                    ? someBlocks(batch, shape.depth().get(), asked, plan, scope)
                    : whole(batch, asked, plan, scope);
            case SOME -> some(batch, asked, plan, scope);
            case APPENDED -> appended(batch, asked, plan, scope);
          };
      call.integers(plan.runs()).integers(plan.limits());
      return split(batch, plan.read(network.withSettings(call, span(shape)).runOne()));
    }
  }

  /** Who sees whom; as the network does by itself where the tasks do not say. */
  private int span(PassShape shape) {
    return shape.attentionBlock() > 0 ? shape.attentionBlock() : network.span();
  }

  /** The tasks' rows, in the order of {@link AskedPositions}; guides stand behind all of them. */
  private List<RowPlan.Row> rows(List<DenoiseTask> batch) {
    var rows = new ArrayList<RowPlan.Row>();
    int guide = batch.stream().mapToInt(task -> task.rows().length).sum();
    for (DenoiseTask task : batch) {
      boolean guided = task.unconditional().isPresent();
      double weight = task.unconditional().map(DenoiseTask.Unconditional::weight).orElse(0.);
      for (int position : task.rows()) {
        int here = task.canvas()[position];
        int barred = task.barredAt(position);
        rows.add(
            new RowPlan.Row(
                rows.size(),
                CounterRandom.key(task.seed(), task.step(), position),
                task.sampling(),
                here == config.maskToken() ? -1 : here,
                barred < 0 ? config.maskToken() : barred,
                guided ? guide++ : -1,
                weight));
      }
    }
    return rows;
  }

  /**
   * Begins a pass over whole canvases, some of which keep their keys and values; those without
   * prompt stand behind them.
   */
  private KernelCall whole(
      List<DenoiseTask> batch, AskedPositions asked, RowPlan plan, DeviceScope scope) {
    var kept = new ArrayList<Integer>();
    var filled = new ArrayList<TensorList>();
    for (int b = 0; b < batch.size(); b++) {
      if (batch.get(b).cache() instanceof CacheUse.Refresh refresh) {
        kept.add(b);
        filled.add(caches.toFill(refresh.sequence(), batch.get(b).canvas().length, scope));
      }
    }
    var canvases = new ArrayList<>(batch.stream().map(DenoiseTask::canvas).toList());
    batch.stream()
        .map(DenoiseTask::unconditional)
        .flatMap(Optional::stream)
        .forEach(other -> canvases.add(other.canvas()));
    int span = span(batch.get(0).shape());
    KernelCall call = begun(kept, filled, canvases, span, asked, scope);
    return call.tensor(plan.lines(scope)).tensor(plan.reals(scope)).tensor(plan.guides(scope));
  }

  /** Begins a pass over some blocks of a depth-as-time network. */
  private KernelCall someBlocks(
      List<DenoiseTask> batch,
      DepthRange range,
      AskedPositions asked,
      RowPlan plan,
      DeviceScope scope) {
    var passes = batch.stream().map(task -> task.depth().orElseThrow()).toList();
    var entries =
        range.carried()
            ? PreparedNetwork.canvases(scope, passes.stream().map(DepthPass::entries).toList())
            : scope.ints(new int[0], 0);
    return network
        .call("denoise_blocks", scope)
        .tensor(PreparedNetwork.canvases(scope, batch.stream().map(DenoiseTask::canvas).toList()))
        .tensor(entries)
        .tensor(DepthTold.of(batch, config, scope))
        .integer(range.from())
        .integer(range.to())
        .integer(passes.get(0).each())
        .tensor(asked.positions(scope))
        .tensor(plan.lines(scope))
        .tensor(plan.reals(scope));
  }

  /** Begins a pass whose blocks are replayed, or one that is launched as a whole. */
  private KernelCall begun(
      List<Integer> kept,
      List<TensorList> filled,
      List<int[]> canvases,
      int span,
      AskedPositions asked,
      DeviceScope scope) {
    if (kept.isEmpty()) {
      Optional<TensorList> stream = recorded.flatMap(streams -> streams.run(canvases, span));
      if (stream.isPresent()) {
        return network
            .call("denoise_stream", scope)
            .tensors(stream.get())
            .tensor(asked.positions(scope));
      }
    }
    KernelCall call =
        kept.isEmpty()
            ? network.call("denoise", scope)
            : network
                .call("denoise_keeping", scope)
                .integers(kept.stream().mapToLong(Integer::longValue).toArray())
                .lists(filled);
    return call.tensor(PreparedNetwork.canvases(scope, canvases)).tensor(asked.positions(scope));
  }

  /**
   * Begins a pass over some positions of canvases whose other keys and values are kept. A network
   * that is told its share of masks is told that of the whole canvas as it is now.
   */
  private KernelCall some(
      List<DenoiseTask> batch, AskedPositions asked, RowPlan plan, DeviceScope scope) {
    int n = batch.get(0).shape().tokens();
    var sequences = new ArrayList<Long>();
    var lengths = new ArrayList<Integer>();
    int[] ids = new int[batch.size() * n];
    long[] places = new long[ids.length];
    float[] ratios = new float[batch.size()];
    for (int b = 0; b < batch.size(); b++) {
      int[] canvas = batch.get(b).canvas();
      var reuse = (CacheUse.Reuse) batch.get(b).cache();
      sequences.add(reuse.sequence());
      lengths.add(canvas.length);
      for (int i = 0; i < n; i++) {
        places[b * n + i] = reuse.positions()[i];
        ids[b * n + i] = canvas[reuse.positions()[i]];
      }
      long masks = Arrays.stream(canvas).filter(token -> token == config.maskToken()).count();
      ratios[b] = (float) masks / canvas.length;
    }
    return network
        .call("denoise_cached", scope)
        .lists(caches.filled(sequences, lengths))
        .tensor(scope.ints(ids, batch.size(), n))
        .tensor(scope.longs(places, batch.size(), n))
        .tensor(scope.floats(ratios, batch.size()))
        .tensor(asked.positions(scope))
        .tensor(plan.lines(scope))
        .tensor(plan.reals(scope));
  }

  /** Begins a pass over positions that see their own blocks and what is kept before them. */
  private KernelCall appended(
      List<DenoiseTask> batch, AskedPositions asked, RowPlan plan, DeviceScope scope) {
    var filled = new ArrayList<TensorList>();
    for (DenoiseTask task : batch) {
      int length = task.canvas().length;
      filled.add(
          task.cache() instanceof CacheUse.Append append
              ? caches.toAppend(append, length, scope)
              : caches.toAmend((CacheUse.Amend) task.cache(), length));
    }
    var call = network.call("denoise_appended", scope).lists(filled);
    return new AppendedRuns(batch, network.kernels().device())
        .addTo(call, scope)
        .tensor(asked.positions(scope))
        .tensor(plan.lines(scope))
        .tensor(plan.reals(scope));
  }

  @Override
  public void release(long sequence) {
    caches.release(sequence);
  }

  /** Frees all kept keys and values, and what was recorded; passes that come are recorded anew. */
  public void forget() {
    caches.close();
    recorded.ifPresent(RecordedStreams::forget);
    network.kernels().trim();
  }

  /** How many sequences have keys and values on the device. */
  int cachedSequences() {
    return caches.size();
  }

  private static List<Candidates> split(List<DenoiseTask> batch, RowPlan.Drawn drawn) {
    var results = new ArrayList<Candidates>(batch.size());
    int from = 0;
    for (DenoiseTask task : batch) {
      int to = from + task.rows().length;
      results.add(
          new Candidates(
              task.rows().clone(),
              Arrays.copyOfRange(drawn.tokens(), from, to),
              Arrays.copyOfRange(drawn.confidences(), from, to),
              Arrays.copyOfRange(drawn.entropies(), from, to)));
      from = to;
    }
    return results;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      caches.close();
      recorded.ifPresent(RecordedStreams::close);
      network.close();
      network.kernels().trim();
    }
  }
}
