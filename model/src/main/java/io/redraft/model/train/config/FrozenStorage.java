package io.redraft.model.train.config;

/** How the weights of blocks that do not learn are held in a device's memory. */
public enum FrozenStorage {
  /** In the number format that is computed in. */
  COMPUTE,
  /** Eight bits a weight, one scale for every block of weights. */
  INT8,
  /** Four bits a weight, one scale for every block of weights. */
  INT4
}
