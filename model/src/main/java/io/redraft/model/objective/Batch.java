package io.redraft.model.objective;

/**
 * Sequences that a network is asked about together, and that can be computed in portions.
 *
 * @param <B> what a portion is: the same kind of batch
 */
public interface Batch<B extends Batch<B>> {
  /** Number of sequences. */
  int batch();

  /** Places that the network computes, copies included. */
  int places();

  /** Number of places to predict. */
  int size();

  /** The sequences from one until another and what is asked about them, weights unchanged. */
  B sequences(int from, int to);
}
