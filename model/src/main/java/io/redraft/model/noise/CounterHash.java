package io.redraft.model.noise;

/**
 * Counter-based randomness: a number that depends only on a seed and on where it is used. Each
 * coordinate passes through the finalizer of SplitMix64 (Steele, Lea and Flood 2014), which is a
 * bijection with full avalanche; there is no state to save, and the order of calls does not matter.
 */
public final class CounterHash {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private CounterHash() {}

  /** 64 random bits at a coordinate of a seed's stream. */
  public static long bits(long seed, long coordinate) {
    return mix(mix(seed + GOLDEN) ^ mix(coordinate * GOLDEN + 0x632BE59BD9B4E019L));
  }

  /** 64 random bits at a pair of coordinates. */
  public static long bits(long seed, long first, long second) {
    return bits(bits(seed, first), second);
  }

  /** A number in [0, 1) made of the upper 53 of 64 bits. */
  public static double unit(long bits) {
    return (bits >>> 11) * 0x1p-53;
  }

  /** A seed of its own for a named purpose, so that equal coordinates never meet. */
  public static long derive(long seed, String purpose) {
    var derived = seed;
    for (var i = 0; i < purpose.length(); i++) {
      derived = bits(derived, purpose.charAt(i));
    }
    return bits(derived, purpose.length());
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
