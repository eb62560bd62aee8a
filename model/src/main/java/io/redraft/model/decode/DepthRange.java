package io.redraft.model.decode;

/**
 * The blocks that a pass of a depth-as-time network runs.
 *
 * @param from the first, counted from 0 at the left
 * @param to the one after the last
 * @param carried whether tokens enter the stream at the blocks that {@link DepthPass#entries} say,
 *     rather than all at the first
 */
public record DepthRange(int from, int to, boolean carried) {
  public DepthRange {
    if (from < 0 || to <= from || carried && from > 0) {
      throw new IllegalArgumentException("blocks from %d to %d".formatted(from, to));
    }
  }
}
