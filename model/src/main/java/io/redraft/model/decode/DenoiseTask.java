package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Optional;

/**
 * One canvas's share of a forward pass.
 *
 * @param canvas token ids, masks included; length T
 * @param rows positions to read, ascending; only these reach the head. A row whose canvas holds a
 *     token instead of the mask is scored, not drawn: its candidate is that token, with the
 *     probability that the network gives it there
 * @param sampling how candidates are drawn
 * @param seed the request's seed
 * @param step the denoising step, counted from 0 over the whole request; with the seed and a
 *     position it fixes the noise
 * @param barredToken a token besides the mask that must not be drawn before {@code barredBefore},
 *     or -1; it counts as impossible (logit −∞), for the confidence too
 * @param barredBefore position from which {@code barredToken} may be drawn
 * @param cache which keys and values the pass keeps or takes; where it computes some positions
 *     only, the rows are among them
 * @param unconditional what {@link Guidance} compares the canvas with; empty without guidance
 * @param attentionBlock size of the blocks that the canvas is attended to block-causally in; 0
 *     where every position sees all
 * @param depth which blocks of a depth-as-time network run, on what; empty where all run
 */
public record DenoiseTask(
    int[] canvas,
    int[] rows,
    Sampling sampling,
    long seed,
    int step,
    int barredToken,
    int barredBefore,
    CacheUse cache,
    Optional<Unconditional> unconditional,
    int attentionBlock,
    Optional<DepthPass> depth) {

  public DenoiseTask {
    if (depth.isPresent()
        && (attentionBlock > 0
            || unconditional.isPresent()
            || !(cache instanceof CacheUse.None)
            || depth.get().range().carried() && depth.get().entries().length != canvas.length)) {
      throw new IllegalArgumentException("some blocks of a canvas, in another way than plainly");
    }
    if (!fits(cache, attentionBlock, canvas.length)) {
      throw new IllegalArgumentException(
          "%s, of a canvas of %d in blocks of %d".formatted(cache, canvas.length, attentionBlock));
    }
    if (unconditional.isPresent() && !(cache instanceof CacheUse.None)) {
      throw new IllegalArgumentException("a guided task that keeps or takes keys and values");
    }
  }

  /**
   * The other side of classifier-free guidance. A row's logits are {@code l_u + (w+1)(l − l_u)},
   * l_u those of this canvas.
   *
   * @param canvas token ids, T as the task's canvas
   * @param weight w, more than 0
   */
  public record Unconditional(int[] canvas, double weight) {}

  private static boolean fits(CacheUse cache, int block, int length) {
    if (block == 0) {
      return !(cache instanceof CacheUse.Append || cache instanceof CacheUse.Amend);
    }
    if (cache instanceof CacheUse.Append append) {
      return append.from() % block == 0 && ends(append.to(), block, length);
    }
    if (cache instanceof CacheUse.Amend amend) {
      int first = (amend.to() - 1) / block * block;
      return ends(amend.to(), block, length)
          && amend.positions().length > 0
          && Arrays.stream(amend.positions()).allMatch(p -> p >= first && p < amend.to());
    }
    return cache instanceof CacheUse.None;
  }

  private static boolean ends(int to, int block, int length) {
    return to <= length && (to % block == 0 || to == length);
  }

  /** A task that runs all blocks. */
  public DenoiseTask(
      int[] canvas,
      int[] rows,
      Sampling sampling,
      long seed,
      int step,
      int barredToken,
      int barredBefore,
      CacheUse cache,
      Optional<Unconditional> unconditional,
      int attentionBlock) {
    this(
        canvas,
        rows,
        sampling,
        seed,
        step,
        barredToken,
        barredBefore,
        cache,
        unconditional,
        attentionBlock,
        Optional.empty());
  }

  /** A task in which every position sees all. */
  public DenoiseTask(
      int[] canvas,
      int[] rows,
      Sampling sampling,
      long seed,
      int step,
      int barredToken,
      int barredBefore,
      CacheUse cache,
      Optional<Unconditional> unconditional) {
    this(canvas, rows, sampling, seed, step, barredToken, barredBefore, cache, unconditional, 0);
  }

  /** A task without guidance. */
  public DenoiseTask(
      int[] canvas,
      int[] rows,
      Sampling sampling,
      long seed,
      int step,
      int barredToken,
      int barredBefore,
      CacheUse cache) {
    this(canvas, rows, sampling, seed, step, barredToken, barredBefore, cache, Optional.empty());
  }

  /** A task that bars no token but the mask. */
  public DenoiseTask(int[] canvas, int[] rows, Sampling sampling, long seed, int step) {
    this(canvas, rows, sampling, seed, step, -1, 0);
  }

  /** A task without guidance that neither keeps nor takes keys and values. */
  public DenoiseTask(
      int[] canvas,
      int[] rows,
      Sampling sampling,
      long seed,
      int step,
      int barredToken,
      int barredBefore) {
    this(canvas, rows, sampling, seed, step, barredToken, barredBefore, new CacheUse.None());
  }

  /** The same task over some blocks only. */
  DenoiseTask withDepth(DepthPass pass) {
    return new DenoiseTask(
        canvas,
        rows,
        sampling,
        seed,
        step,
        barredToken,
        barredBefore,
        cache,
        unconditional,
        attentionBlock,
        Optional.of(pass));
  }

  /** What a forward pass computes of it. */
  public PassShape shape() {
    if (cache instanceof CacheUse.Reuse reuse) {
      return PassShape.some(reuse.positions().length);
    }
    if (cache instanceof CacheUse.Append append) {
      return PassShape.appended(append.to() - append.from());
    }
    if (cache instanceof CacheUse.Amend amend) {
      return PassShape.appended(amend.positions().length);
    }
    return new PassShape(
        PassShape.Extent.WHOLE, canvas.length, attentionBlock, depth.map(DepthPass::range));
  }

  /** How many canvases the task's forward pass computes: 2 with guidance. */
  public int canvases() {
    return unconditional.isPresent() ? 2 : 1;
  }

  /** The token besides the mask that must not be drawn at a position, or -1. */
  public int barredAt(int position) {
    return position < barredBefore ? barredToken : -1;
  }
}
