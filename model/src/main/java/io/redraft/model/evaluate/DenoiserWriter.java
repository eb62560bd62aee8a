package io.redraft.model.evaluate;

import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.Denoiser;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** Denoises canvases of equal length together; one that is finished makes room for the next. */
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
    List<Integer> open = new ArrayList<>();
    List<DecodeState> states = new ArrayList<>();
    while (next < waiting.size() || !open.isEmpty()) {
      while (open.size() < batch && next < waiting.size()) {
        states.add(DecodeState.start(plans.get(waiting.get(next))));
        open.add(waiting.get(next++));
      }
      List<Candidates> candidates =
          denoiser.denoise(states.stream().map(DecodeState::next).toList());
      for (int i = open.size() - 1; i >= 0; i--) {
        DecodeState state = states.get(i).advance(candidates.get(i)).state();
        states.set(i, state);
        if (state.done()) {
          written[open.remove(i)] = state.tokens();
          states.remove(i);
          progress.accept(++done);
        }
      }
    }
    return done;
  }
}
