package io.redraft.model.evaluate;

/**
 * The bound of a text under block-causal attention.
 *
 * @param size tokens of a block
 * @param nats the bound, Σ over all tokens; exact for blocks of one token
 * @param tokens tokens that were predicted
 */
public record BlockBound(int size, double nats, long tokens) {
  /** Its stable name for programs, as {@code block_causal_16}. */
  public String name() {
    return "block_causal_" + size;
  }

  /** Nats per token. */
  public double natsPerToken() {
    return nats / tokens;
  }
}
