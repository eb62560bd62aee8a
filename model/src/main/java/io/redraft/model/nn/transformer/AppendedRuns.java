package io.redraft.model.nn.transformer;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelCall;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The positions that a pass of block-causal attention computes, canvas by canvas: runs that are
 * appended to what is kept ({@link CacheUse.Append}), or some of a block ({@link CacheUse.Amend}).
 * Behind them stand as many copies of the first token as {@link RowBuckets} wants; nothing reads
 * what becomes of those.
 */
final class AppendedRuns {
  private final int[] ids;
  private final long[] places;
  private final long[] starts;
  private final long[] ends;
  private final long[] sizes;
  private final long[] counts;

  /** The runs of tasks that append or amend. */
  AppendedRuns(List<DenoiseTask> batch, Device device) {
    int canvases = batch.size();
    int computed = batch.stream().mapToInt(task -> task.shape().tokens()).sum();
    ids = new int[RowBuckets.padded(computed, device)];
    places = new long[ids.length];
    starts = new long[canvases];
    ends = new long[canvases];
    sizes = new long[canvases];
    counts = new long[canvases];
    int at = 0;
    for (int i = 0; i < canvases; i++) {
      var task = batch.get(i);
      int[] positions = positions(task.cache());
      int block = task.attentionBlock();
      sizes[i] = block;
      counts[i] = positions.length;
      starts[i] = positions[0] / block * block;
      ends[i] = end(task.cache());
      for (int position : positions) {
        ids[at] = task.canvas()[position];
        places[at++] = position;
      }
    }
    Arrays.fill(ids, at, ids.length, ids[0]);
  }

  private static int[] positions(CacheUse use) {
    return use instanceof CacheUse.Append append
        ? IntStream.range(append.from(), append.to()).toArray()
        : ((CacheUse.Amend) use).positions();
  }

  private static int end(CacheUse use) {
    return use instanceof CacheUse.Append append ? append.to() : ((CacheUse.Amend) use).to();
  }

  /** Hands them to a kernel as {@code denoise_appended} takes them. */
  KernelCall addTo(KernelCall call, DeviceScope scope) {
    return call.tensor(scope.ints(ids, ids.length))
        .tensor(scope.longs(places, places.length))
        .integers(starts)
        .integers(ends)
        .integers(sizes)
        .integers(counts);
  }
}
