package io.redraft.model.decode;

/**
 * Randomness without state: every draw is a pure function of (seed, step, position, token), so that
 * a request gives the same text alone, in a batch and after a failover. It is the SplitMix64
 * generator (Steele, Lea and Flood 2014, with Stafford's mix 13 as its finaliser) started anew for
 * every position of every step:
 *
 * <pre>
 *   G        = 0x9E3779B97F4A7C15
 *   mix(z)   : z = (z ^ (z &gt;&gt;&gt; 30)) * 0xBF58476D1CE4E5B9
 *              z = (z ^ (z &gt;&gt;&gt; 27)) * 0x94D049BB133111EB
 *              z ^ (z &gt;&gt;&gt; 31)
 *   key      = mix(mix(mix(seed + G) + (step + 1) * G) + (position + 1) * G)
 *   bits     = mix(key + (token + 1) * G)
 *   uniform  = ((bits &gt;&gt;&gt; 11) | 1) * 2^-53
 * </pre>
 *
 * All arithmetic is on 64-bit integers that wrap, and {@code >>>} shifts zeros in; a kernel with
 * signed shifts masks the result instead. The key is meant to be computed once a row, the bits once
 * a token id. The last bit of the 53 is always set, which keeps 0 and 1 out at the price of half
 * the values; the product is exact in float64.
 *
 * <p>The token id {@link #NO_TOKEN} is the draw that belongs to the position itself; reveal
 * policies use it. A causal network draws at step 0.
 */
public final class CounterRandom {
  /** The draw of a position rather than of a token at it. */
  public static final int NO_TOKEN = -1;

  /** The draw of a position for all steps; a step of its own, which no request takes. */
  static final int NO_STEP = -1;

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1p-53;

  private CounterRandom() {}

  /** The key of a position at a step; all tokens there share it. */
  public static long key(long seed, int step, int position) {
    long ofSeed = mix(seed + GOLDEN);
    long ofStep = mix(ofSeed + (step + 1L) * GOLDEN);
    return mix(ofStep + (position + 1L) * GOLDEN);
  }

  /** A number in (0, 1) for a token under a {@link #key}. */
  public static double uniform(long key, int token) {
    long bits = mix(key + (token + 1L) * GOLDEN);
    return ((bits >>> 11) | 1) * UNIT;
  }

  /** A number in (0, 1) for a token at a position and step of a request. */
  public static double uniform(long seed, int step, int position, int token) {
    return uniform(key(seed, step, position), token);
  }

  /** A number in (0, 1) for a position at a step of a request. */
  public static double uniform(long seed, int step, int position) {
    return uniform(key(seed, step, position), NO_TOKEN);
  }

  /** SplitMix64's finaliser: a bijection under which each input bit flips half the output's. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
