package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import java.util.Arrays;
import java.util.List;

/**
 * The positions of a pass whose proposals are wanted, canvas by canvas: those of the tasks, then
 * those of the canvases that guidance compares with. Only they are computed after the last block's
 * attention.
 */
final class AskedPositions {
  private final int size;
  private final long[] positions;

  /** What these tasks, which may share a pass, ask about. */
  AskedPositions(List<DenoiseTask> batch, Device device) {
    var guided = batch.stream().filter(task -> task.unconditional().isPresent()).toList();
    this.size = batch.stream().mapToInt(task -> task.canvases() * task.rows().length).sum();
    this.positions = new long[RowBuckets.padded(size, device)];
    int at = 0;
    long first = 0;
    for (int b = 0; b < batch.size() + guided.size(); b++) {
      var task = b < batch.size() ? batch.get(b) : guided.get(b - batch.size());
      for (int position : task.rows()) {
        positions[at++] = first + place(task, position);
      }
      first += task.shape().tokens();
    }
    Arrays.fill(positions, at, positions.length, size == 0 ? 0 : positions[0]);
  }

  /** Where a position stands among those that the pass computes of its canvas. */
  private static int place(DenoiseTask task, int position) {
    if (task.cache() instanceof CacheUse.Append append) {
      return position - append.from();
    }
    if (task.cache() instanceof CacheUse.Amend amend) {
      return Arrays.binarySearch(amend.positions(), position);
    }
    return task.cache() instanceof CacheUse.Reuse reuse
        ? Arrays.binarySearch(reuse.positions(), position)
        : position;
  }

  /** How many they are; nothing if none. */
  int size() {
    return size;
  }

  /**
   * Each as its place among all positions that the pass computes, canvas by canvas, and behind them
   * copies of the first as {@link RowBuckets} wants: int64 (A).
   */
  NDArray positions(DeviceScope scope) {
    return scope.longs(positions, positions.length);
  }
}
