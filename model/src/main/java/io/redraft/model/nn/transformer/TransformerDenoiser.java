package io.redraft.model.nn.transformer;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CounterRandom;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A Transformer as a {@link Denoiser}: one native call a pass. All canvases share the blocks'
 * matrix products; only rows that are asked about reach the head, whose logits never leave the
 * device. Canvases that guidance compares with go through the same pass, behind the tasks' own.
 *
 * <p>On the CPU a task's result has the same bits in every batch
 * (docs/decisions/batch-invariance.md). On a GPU the library chooses its kernels by the batch, and
 * a result may differ in the last bits.
 */
public final class TransformerDenoiser implements Denoiser {
  private final PreparedNetwork network;
  private final NetworkConfig config;
  private boolean closed;

  /** A denoiser over a network that has a mask; closes it when it is closed. */
  public TransformerDenoiser(PreparedNetwork network) {
    this.network = network;
    this.config = network.config();
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

  @Override
  public List<Candidates> denoise(List<DenoiseTask> batch) {
    if (closed) {
      throw new IllegalStateException("the denoiser is closed");
    }
    int length = batch.get(0).canvas().length;
    var rows = new ArrayList<RowPlan.Row>();
    int guided = batch.size();
    for (int b = 0; b < batch.size(); b++) {
      check(batch.get(b), length);
      boolean guide = batch.get(b).unconditional().isPresent();
      addRows(batch.get(b), (long) b * length, guide ? (long) guided++ * length : -1, rows);
    }
    return rows.isEmpty()
        ? batch.stream().map(task -> Candidates.none()).toList()
        : split(batch, forward(batch, new RowPlan(rows)));
  }

  /** The task's rows, whose canvas begins at {@code first}, and at {@code guide} without prompt. */
  private void addRows(DenoiseTask task, long first, long guide, List<RowPlan.Row> rows) {
    int mask = config.maskToken();
    double weight = task.unconditional().map(DenoiseTask.Unconditional::weight).orElse(0.);
    for (int position : task.rows()) {
      int here = task.canvas()[position];
      int barred = task.barredAt(position);
      rows.add(
          new RowPlan.Row(
              first + position,
              CounterRandom.key(task.seed(), task.step(), position),
              task.sampling(),
              here == mask ? -1 : here,
              barred < 0 ? mask : barred,
              guide < 0 ? -1 : guide + position,
              weight));
    }
  }

  private RowPlan.Drawn forward(List<DenoiseTask> batch, RowPlan plan) {
    try (DeviceScope scope = network.kernels().scope()) {
      var canvases = new ArrayList<>(batch.stream().map(DenoiseTask::canvas).toList());
      batch.stream()
          .map(DenoiseTask::unconditional)
          .flatMap(Optional::stream)
          .forEach(other -> canvases.add(other.canvas()));
      return plan.read(
          network
              .withSettings(
                  network
                      .call("denoise", scope)
                      .tensor(PreparedNetwork.canvases(scope, canvases))
                      .tensor(plan.lines(scope))
                      .tensor(plan.reals(scope))
                      .tensor(plan.guides(scope))
                      .integers(plan.runs())
                      .integers(plan.depths()))
              .runOne());
    }
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

  private void check(DenoiseTask task, int length) {
    check(task.canvas(), length);
    task.unconditional().ifPresent(other -> check(other.canvas(), length));
    for (int row : task.rows()) {
      if (row < 0 || row >= length) {
        throw new IllegalArgumentException("row " + row + " of a canvas of " + length);
      }
    }
    if (task.barredToken() >= config.vocabularySize()) {
      throw new IllegalArgumentException("token " + task.barredToken() + " is barred");
    }
  }

  private void check(int[] canvas, int length) {
    if (canvas.length != length || length > config.contextLength()) {
      throw new IllegalArgumentException(
          "a canvas of "
              + canvas.length
              + " tokens in a batch of "
              + length
              + "; the context is "
              + config.contextLength());
    }
    // Native code reads these as indices: out of range, they would end the process on a GPU.
    for (int token : canvas) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw new IllegalArgumentException("token " + token + " is not in the vocabulary");
      }
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      network.close();
    }
  }
}
