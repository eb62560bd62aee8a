package io.redraft.model.evaluate;

import io.redraft.model.decode.CausalModel;
import io.redraft.model.decode.CausalState;
import io.redraft.model.decode.DecodePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Writes canvases from left to right, one after the other: a causal model's batch saves nothing.
 */
public final class CausalWriter implements CanvasWriter {
  private static final long SEQUENCE = 1;

  private final CausalModel model;

  /** A writer over a model that has no sequence open. */
  public CausalWriter(CausalModel model) {
    this.model = model;
  }

  @Override
  public List<int[]> write(List<DecodePlan> plans, LongConsumer progress) {
    List<int[]> written = new ArrayList<>();
    for (DecodePlan plan : plans) {
      try {
        CausalState state = CausalState.start(plan);
        while (!state.done()) {
          state = state.advance(model.extend(List.of(state.next(SEQUENCE))).get(0)).state();
        }
        written.add(state.tokens());
      } finally {
        model.release(SEQUENCE);
      }
      progress.accept(written.size());
    }
    return written;
  }
}
