package io.redraft.model.noise;

/**
 * A shuffle of n samples for every pass over them, without a table: a four-round Feistel network
 * keyed by the seed and the pass permutes the smallest even-width power of two that holds n, and
 * walks on while it lands outside (Black and Rogaway 2002, "Ciphers with Arbitrary Finite
 * Domains"). Any place of any pass is found directly, which is what lets a run resume exactly.
 */
public final class SampleOrder {
  private static final int ROUNDS = 4;

  private final long seed;
  private final long samples;
  private final int halfBits;

  /** A sample's turn: which pass over the data it belongs to, and which sample it is. */
  public record Turn(long pass, long sample) {}

  /** The order of {@code samples} samples, at least one, under a seed. */
  public SampleOrder(long seed, long samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("no samples to order");
    }
    this.seed = seed;
    this.samples = samples;
    var bits = 64 - Long.numberOfLeadingZeros(samples - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
  }

  /** The sample whose turn it is after {@code position} others, counted from the first pass on. */
  public Turn at(long position) {
    var pass = position / samples;
    return new Turn(pass, permute(pass, position % samples));
  }

  private long permute(long pass, long index) {
    var key = CounterHash.bits(seed, pass);
    var walk = index;
    do {
      walk = feistel(key, walk);
    } while (walk >= samples);
    return walk;
  }

  private long feistel(long key, long value) {
    var mask = (1L << halfBits) - 1;
    var left = value >>> halfBits;
    var right = value & mask;
    for (var round = 0; round < ROUNDS; round++) {
      var next = left ^ (CounterHash.bits(key, round, right) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }
}
