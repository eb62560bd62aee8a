package io.redraft.model.train;

import io.redraft.model.nn.NetworkConfig;

/**
 * Floating-point operations that training a network needs, forward and backward: 6 a weight of a
 * block and token, 12 · layers · T · width a token for attention's two products (Chowdhery et al.
 * 2022, appendix B), and 6 a weight of the head and row that is asked about. What is computed again
 * or for padding does not count, nor do lookups in the embedding, nor what is computed once a
 * sequence.
 */
final class ModelFlops implements StepFlops {
  private final double perToken;
  private final double perRow;

  ModelFlops(NetworkConfig network) {
    var table = (double) network.vocabularySize() * network.width();
    var conditioning = network.time().parameters(network.width(), network.layers());
    var blocks = network.parameters() - (network.tiedHead() ? 1 : 2) * table - conditioning;
    var query = (double) network.heads() * network.headWidth();
    this.perToken = 6 * blocks + 12.0 * network.layers() * network.contextLength() * query;
    this.perRow = 6 * table;
  }

  @Override
  public double of(long tokens, long rows) {
    return perToken * tokens + perRow * rows;
  }
}
