package io.redraft.model.nn.transformer;

import io.redraft.model.tensor.Device;

/**
 * How many rows the products of a pass are computed with. On the CPU the matrix-product library
 * compiles kernels for every number of rows that it meets, and keeps a limited number of them; so
 * rows are padded to one of some forty numbers up to 1,024.
 */
final class RowBuckets {
  private static final int FEW = 32;
  private static final int SOME = 128;

  private RowBuckets() {}

  /** The number of rows, padding included: at most 3, 15 or 31 more than there are. */
  static int padded(int rows, Device device) {
    if (device.isGpu()) {
      return rows;
    }
    int unit = rows <= FEW ? 4 : rows <= SOME ? 16 : 32;
    return (rows + unit - 1) / unit * unit;
  }
}
