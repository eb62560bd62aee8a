package io.redraft.model.evaluate;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.Denoiser;
import io.redraft.model.decode.PassShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Denoises canvases of equal length together; one that is finished makes room for the next. Keys
 * and values that the denoiser keeps go with the canvas that they belong to, whose place in the
 * list is their name.
 */
public final class DenoiserWriter implements CanvasWriter {
  private final Denoiser denoiser;
  private final int batch;

  /** A writer that has at most {@code batch} canvases in one forward pass. */
  public DenoiserWriter(Denoiser denoiser, int batch) {
    this.denoiser = denoiser;
    this.batch = batch;
  }

  @Override
  public List<int[]> write(List<DecodePlan> plans, LongConsumer progress) {
    int[][] written = new int[plans.size()][];
    var byLength = new TreeMap<Integer, List<Integer>>();
    for (int i = 0; i < plans.size(); i++) {
      byLength.computeIfAbsent(plans.get(i).length(), length -> new ArrayList<>()).add(i);
    }
    long done = 0;
    for (List<Integer> equal : byLength.values()) {
      done = write(plans, equal, written, done, progress);
    }
    return Arrays.asList(written);
  }

  private long write(
      List<DecodePlan> plans,
      List<Integer> waiting,
      int[][] written,
      long before,
      LongConsumer progress) {
    long done = before;
    int next = 0;
    Map<Integer, DecodeState> open = new LinkedHashMap<>();
    try {
      while (next < waiting.size() || !open.isEmpty()) {
        while (open.size() < batch && next < waiting.size()) {
          int plan = waiting.get(next++);
          open.put(plan, DecodeState.start(plans.get(plan)));
        }
        step(open);
        for (int plan : List.copyOf(open.keySet())) {
          if (open.get(plan).done()) {
            written[plan] = open.remove(plan).tokens();
            denoiser.release(plan);
            progress.accept(++done);
          }
        }
      }
    } finally {
      open.keySet().forEach(denoiser::release);
    }
    return done;
  }

  /** Takes one step with every canvas, in as few passes as their shapes allow. */
  private void step(Map<Integer, DecodeState> open) {
    Map<PassShape, List<Integer>> passes = new LinkedHashMap<>();
    Map<Integer, DenoiseTask> tasks = new LinkedHashMap<>();
    open.forEach(
        (plan, state) -> {
          var task = state.next(plan);
          tasks.put(plan, task);
          passes.computeIfAbsent(task.shape(), shape -> new ArrayList<>()).add(plan);
        });
    for (List<Integer> together : passes.values()) {
      List<Candidates> candidates = denoiser.denoise(together.stream().map(tasks::get).toList());
      for (int i = 0; i < together.size(); i++) {
        var advanced = open.get(together.get(i)).advance(candidates.get(i)).state();
        open.put(together.get(i), advanced);
      }
    }
  }
}
