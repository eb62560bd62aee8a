package io.redraft.model.decode;

import io.redraft.model.nn.NetworkConfig;
import java.util.List;

/**
 * A causal (left-to-right) network with a key/value cache for every open sequence. Confined to one
 * thread, the one that owns the device.
 */
public interface CausalModel extends AutoCloseable {
  /**
   * One sequence's share of a step.
   *
   * @param sequence the caller's name of the sequence; opened on first use
   * @param tokens tokens to append, at least one
   * @param sampling how the next token is drawn
   * @param seed the request's seed; with the next token's position it fixes the noise
   */
  record ExtendTask(long sequence, int[] tokens, Sampling sampling, long seed) {}

  /**
   * The token drawn after a sequence, with its probability and the entropy of its distribution in
   * nats.
   */
  record NextToken(int token, float confidence, float entropy) {}

  /** Shape of the network. */
  NetworkConfig config();

  /**
   * Appends each task's tokens to its sequence and draws the token that follows; one result a task,
   * in order.
   */
  List<NextToken> extend(List<ExtendTask> batch);

  /** Frees a sequence's cache; unknown sequences are ignored. */
  void release(long sequence);

  @Override
  void close();
}
