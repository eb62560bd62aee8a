package io.redraft.model.evaluate;

import java.util.List;

/**
 * What an evaluation found.
 *
 * @param exact whether the loss is the exact one of a causal network rather than an upper bound
 * @param tokens tokens that were predicted
 * @param bytes UTF-8 bytes of the text
 * @param characters code points of the text
 * @param nats total loss, Σ over all tokens
 * @param masks masks a chunk; 1 where the loss is exact
 * @param byMaskRatio mean cross-entropy of masked tokens in ten equal ranges of the mask ratio;
 *     empty where the loss is exact. Under block-causal attention the ratio is that of the token's
 *     block
 * @param blockCausal bounds under block-causal attention, by size of blocks; empty for a network
 *     that has not learned any
 */
public record Evaluation(
    boolean exact,
    long tokens,
    long bytes,
    long characters,
    double nats,
    int masks,
    List<Bucket> byMaskRatio,
    List<BlockBound> blockCausal) {
  /** What was found of a network that does not attend block-causally. */
  public Evaluation(
      boolean exact,
      long tokens,
      long bytes,
      long characters,
      double nats,
      int masks,
      List<Bucket> byMaskRatio) {
    this(exact, tokens, bytes, characters, nats, masks, byMaskRatio, List.of());
  }

  /**
   * Mean cross-entropy within a range of mask ratios.
   *
   * @param from lower end of the range
   * @param to upper end of the range
   * @param masked masked tokens seen in it
   * @param nats their mean cross-entropy, NaN where there were none
   */
  public record Bucket(double from, double to, long masked, double nats) {}

  /** Nats per token. */
  public double natsPerToken() {
    return nats / tokens;
  }

  /** Bits per UTF-8 byte. */
  public double bitsPerByte() {
    return nats / Math.log(2) / bytes;
  }

  /** Bits per code point. */
  public double bitsPerCharacter() {
    return nats / Math.log(2) / characters;
  }

  /** e to the nats per token; of a bound, the perplexity is at most this. */
  public double perplexity() {
    return Math.exp(natsPerToken());
  }
}
