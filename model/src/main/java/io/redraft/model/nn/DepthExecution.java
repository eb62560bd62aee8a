package io.redraft.model.nn;

/** Which blocks a denoising step of a depth-as-time network runs, and on what. */
public enum DepthExecution {
  /** The step's blocks and all behind them, on the embedding of the canvas as it is now. */
  SUFFIX,
  /**
   * The step's blocks alone, on the stream that the step before left, into which the embeddings of
   * tokens committed since are written back at their positions.
   */
  LOCAL,
  /** The step's blocks alone, on the embedding of the canvas as it is now. */
  BAND,
  /**
   * All blocks up to the step's last, on the embedding of the canvas as it is now: the head reads
   * the stream behind the step's own blocks, so that the depth grows as masks become fewer.
   */
  PREFIX
}
