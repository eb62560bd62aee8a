package io.redraft.model.decode;

/**
 * What a pass of a depth-as-time network computes of one canvas. Step-local execution is carried: a
 * pass begins at the first block every time, with the tokens that had been there at first, and
 * writes others into the stream where they came in. So it is a pure function of the canvas and of
 * where its tokens entered; nothing is kept between passes.
 *
 * @param range the blocks that run
 * @param each blocks of a depth step
 * @param step the depth step that it is
 * @param entries where carried, for every position the depth step before whose blocks its token is
 *     written into the stream; 0 where it is there from the first, and at masks. Otherwise empty
 */
public record DepthPass(DepthRange range, int each, int step, int[] entries) {
  /** The pass of the depth step whose blocks are the first, or where carried the last. */
  public DepthPass(DepthRange range, int each, int[] entries) {
    this(range, each, range.carried() ? range.to() / each - 1 : range.from() / each, entries);
  }

  public DepthPass {
    if (each < 1 || range.carried() != entries.length > 0) {
      throw new IllegalArgumentException(
          "%d entries, %d blocks a step, of a pass over %s".formatted(entries.length, each, range));
    }
  }
}
