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

/**
 * A Transformer as a {@link Denoiser}: one native call a pass. All canvases share the blocks'
 * matrix products; only rows that are asked about reach the head, whose logits never leave the
 * device.
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
    for (int b = 0; b < batch.size(); b++) {
      check(batch.get(b), length);
      addRows(batch.get(b), (long) b * length, rows);
    }
    return rows.isEmpty()
        ? batch.stream().map(task -> Candidates.none()).toList()
        : split(batch, forward(batch, new RowPlan(rows)));
  }

  private void addRows(DenoiseTask task, long first, List<RowPlan.Row> rows) {
    int mask = config.maskToken();
    for (int position : task.rows()) {
      int here = task.canvas()[position];
      int barred = task.barredAt(position);
      rows.add(
          new RowPlan.Row(
              first + position,
              CounterRandom.key(task.seed(), task.step(), position),
              task.sampling(),
              here == mask ? -1 : here,
              barred < 0 ? mask : barred));
    }
  }

  private RowPlan.Drawn forward(List<DenoiseTask> batch, RowPlan plan) {
    try (DeviceScope scope = network.kernels().scope()) {
      var canvases = batch.stream().map(DenoiseTask::canvas).toList();
      return plan.read(
          network
              .withSettings(
                  network
                      .call("denoise", scope)
                      .tensor(PreparedNetwork.canvases(scope, canvases))
                      .tensor(plan.lines(scope))
                      .tensor(plan.reals(scope))
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
    if (task.canvas().length != length || length > config.contextLength()) {
      throw new IllegalArgumentException(
          "a canvas of "
              + task.canvas().length
              + " tokens in a batch of "
              + length
              + "; the context is "
              + config.contextLength());
    }
    // Native code reads these as indices: out of range, they would end the process on a GPU.
    for (int token : task.canvas()) {
      if (token < 0 || token >= config.vocabularySize()) {
        throw new IllegalArgumentException("token " + token + " is not in the vocabulary");
      }
    }
    for (int row : task.rows()) {
      if (row < 0 || row >= length) {
        throw new IllegalArgumentException("row " + row + " of a canvas of " + length);
      }
    }
    if (task.barredToken() >= config.vocabularySize()) {
      throw new IllegalArgumentException("token " + task.barredToken() + " is barred");
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
