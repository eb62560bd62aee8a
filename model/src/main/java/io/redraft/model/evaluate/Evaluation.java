package io.redraft.model.evaluate;

import java.util.List;

/**
 * What an evaluation found.
 *
 * @param kind what the loss is
 * @param tokens tokens that were predicted: all of the text, or of masked cross-entropy those that
 *     were masked, under all masks together
 * @param bytes UTF-8 bytes of the text
 * @param characters code points of the text
 * @param nats total loss, Σ over all tokens that were predicted
 * @param masks masks a chunk; 1 where the loss is exact
 * @param byMaskRatio mean cross-entropy of masked tokens in ten equal ranges of the mask ratio;
 *     empty where the loss is exact, and the one range that was looked at where it is masked
 *     cross-entropy. Under block-causal attention the ratio is that of the token's block
 * @param blockCausal bounds under block-causal attention, by size of blocks; empty for a network
 *     that has not learned any
 */
public record Evaluation(
    Kind kind,
    long tokens,
    long bytes,
    long characters,
    double nats,
    int masks,
    List<Bucket> byMaskRatio,
    List<BlockBound> blockCausal) {
  /** What a loss says of the text. */
  public enum Kind {
    /** The negative log-likelihood, of a causal network. */
    EXACT,
    /** An upper bound of the negative log-likelihood, of a denoiser. */
    BOUND,
    /**
     * The mean cross-entropy of masked tokens at certain mask ratios. It bounds nothing: what the
     * text costs at all other ratios is not in it.
     */
    MASKED_CROSS_ENTROPY
  }

  /** What was found of a network that has a likelihood, or a bound of it. */
  public Evaluation(
      boolean exact,
      long tokens,
      long bytes,
      long characters,
      double nats,
      int masks,
      List<Bucket> byMaskRatio,
      List<BlockBound> blockCausal) {
    this(
        exact ? Kind.EXACT : Kind.BOUND,
        tokens,
        bytes,
        characters,
        nats,
        masks,
        byMaskRatio,
        blockCausal);
  }

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

  /** Whether the loss is the exact one of a causal network. */
  public boolean exact() {
    return kind == Kind.EXACT;
  }

  /** Nats per token that was predicted. */
  public double natsPerToken() {
    return nats / tokens;
  }

  /** Bits per UTF-8 byte; NaN of masked cross-entropy, which is no text's. */
  public double bitsPerByte() {
    return kind == Kind.MASKED_CROSS_ENTROPY ? Double.NaN : nats / Math.log(2) / bytes;
  }

  /** Bits per code point; NaN of masked cross-entropy. */
  public double bitsPerCharacter() {
    return kind == Kind.MASKED_CROSS_ENTROPY ? Double.NaN : nats / Math.log(2) / characters;
  }

  /** e to the nats per token; of a bound, the perplexity is at most this. */
  public double perplexity() {
    return Math.exp(natsPerToken());
  }
}
