package io.redraft.model.decode;

import java.util.List;

/**
 * What one step did. Writing every {@code committed} token into the canvas, masking every {@code
 * reopened} position and writing what {@code repairs} say, step after step, gives the state's
 * canvas.
 *
 * @param state where the canvas stands now
 * @param draft candidates at the active block's positions that are still masked; provisional
 * @param committed tokens decided in this step, by ascending position
 * @param reopened positions that were committed in an earlier step and are masked again, ascending
 * @param repairs spans that hold other tokens now, from left to right
 * @param <S> the kind of state
 */
public record Step<S extends Progress>(
    S state, Candidates draft, Candidates committed, int[] reopened, List<SpanRepair> repairs) {
  public Step {
    repairs = List.copyOf(repairs);
  }

  /** A step without repairs. */
  public Step(S state, Candidates draft, Candidates committed, int[] reopened) {
    this(state, draft, committed, reopened, List.of());
  }
}
