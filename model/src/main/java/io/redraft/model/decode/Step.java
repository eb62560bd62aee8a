package io.redraft.model.decode;

/**
 * What one step did. Writing every {@code committed} token into the canvas and masking every {@code
 * reopened} position, step after step, gives the state's canvas.
 *
 * @param state where the canvas stands now
 * @param draft candidates at the active block's positions that are still masked; provisional
 * @param committed tokens decided in this step, by ascending position
 * @param reopened positions that were committed in an earlier step and are masked again, ascending
 * @param <S> the kind of state
 */
public record Step<S extends Progress>(
    S state, Candidates draft, Candidates committed, int[] reopened) {}
