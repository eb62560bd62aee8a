package io.redraft.model.decode;

import java.util.Optional;

/**
 * What a task asks a forward pass to compute.
 *
 * @param extent which positions are computed
 * @param tokens how many a canvas
 * @param attentionBlock size of the blocks that whole canvases attend block-causally in; 0 where
 *     every position sees all
 * @param depth the blocks that a pass of a depth-as-time network runs; empty where all run
 */
public record PassShape(Extent extent, int tokens, int attentionBlock, Optional<DepthRange> depth) {
  /** Which positions of a canvas a pass computes. */
  public enum Extent {
    /** All. */
    WHOLE,
    /** Some, which see keys and values of all others in a cache. */
    SOME,
    /** A run, which sees keys and values of what stands before it in a cache. */
    APPENDED
  }

  /** A pass that runs all blocks. */
  public PassShape(Extent extent, int tokens, int attentionBlock) {
    this(extent, tokens, attentionBlock, Optional.empty());
  }

  /** A pass over whole canvases. */
  public static PassShape whole(int tokens) {
    return new PassShape(Extent.WHOLE, tokens, 0);
  }

  /** A pass over some positions. */
  public static PassShape some(int tokens) {
    return new PassShape(Extent.SOME, tokens, 0);
  }

  /** A pass over what is appended to a cache. */
  public static PassShape appended(int tokens) {
    return new PassShape(Extent.APPENDED, tokens, 0);
  }

  /** Whether tasks of both shapes may share a pass. */
  public boolean joins(PassShape other) {
    return equals(other) || extent == Extent.APPENDED && other.extent == Extent.APPENDED;
  }
}
