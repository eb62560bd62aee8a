package io.redraft.model.train.config;

/** How the weights of blocks that do not learn are held in a device's memory. */
public enum FrozenStorage {
  /** In the number format that is computed in. */
  COMPUTE,
  /** Eight bits a weight, one scale for every block of weights. */
  INT8,
  /** Four bits a weight, evenly spaced values, one scale for every block of weights. */
  INT4,
  /**
   * Four bits a weight, one of 16 quantiles of a normal distribution (NormalFloat, Dettmers et al.
   * 2023), one scale for every block of weights.
   */
  NF4
}
