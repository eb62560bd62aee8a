package io.redraft.actors.serving;

import io.redraft.model.decode.CacheUse;
import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.DenoiseTask;
import io.redraft.model.decode.PassShape;

/** One session's share of one forward pass. Work whose {@link #shape} joins may go in one batch. */
public sealed interface Work {
  /** What a forward pass computes of it. */
  PassShape shape();

  /** Whether it builds upon keys and values that earlier work of its session left on the device. */
  boolean needsCache();

  /** Whether it leaves keys and values there. */
  boolean leavesCache();

  /** Whether its forward pass is computed for it alone. */
  boolean alone();

  /** How many tokens a forward pass computes for it. */
  default int tokens() {
    return shape().tokens();
  }

  /**
   * A canvas to be read at its masked rows.
   *
   * @param alone whether no other canvas may be in its pass
   */
  record Denoise(DenoiseTask task, boolean alone) implements Work {
    /** A canvas that may share a pass. */
    public Denoise(DenoiseTask task) {
      this(task, false);
    }

    @Override
    public PassShape shape() {
      return task.shape();
    }

    @Override
    public boolean needsCache() {
      return task.cache() instanceof CacheUse.Reuse
          || task.cache() instanceof CacheUse.Amend
          || task.cache() instanceof CacheUse.Append append && append.from() > 0;
    }

    @Override
    public boolean leavesCache() {
      return task.cache() instanceof CacheUse.Refresh || task.cache() instanceof CacheUse.Append;
    }

    @Override
    public int tokens() {
      return task.canvases() * shape().tokens();
    }
  }

  /**
   * Tokens to be appended to a cached sequence, or to an empty one.
   *
   * @param alone whether no other sequence may be in its pass
   */
  record Extend(ExtendTask task, boolean alone) implements Work {
    /** Tokens that may share a pass. */
    public Extend(ExtendTask task) {
      this(task, false);
    }

    @Override
    public PassShape shape() {
      return PassShape.whole(task.tokens().length);
    }

    @Override
    public boolean needsCache() {
      return task.kept() > 0;
    }

    @Override
    public boolean leavesCache() {
      return true;
    }
  }
}
