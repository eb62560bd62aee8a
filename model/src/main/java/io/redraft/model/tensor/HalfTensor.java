package io.redraft.model.tensor;

import ai.djl.pytorch.engine.PtNDArray;

/**
 * A tensor in a 16-bit format, as an opaque handle. Only kernels read or write its elements: the
 * tensor library's own Java API ends the process when it meets bfloat16, so nothing outside this
 * package can reach the array inside. Convert with {@link Halves}, pass to a kernel through {@link
 * TensorList} or {@link KernelCall#halves}.
 */
public final class HalfTensor implements AutoCloseable {
  private final PtNDArray array;
  private final HalfType type;
  private final long[] shape;

  HalfTensor(PtNDArray array, HalfType type, long[] shape) {
    this.array = array;
    this.type = type;
    this.shape = shape.clone();
  }

  /** Format of the elements. */
  public HalfType type() {
    return type;
  }

  /** Sizes of the dimensions. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    long product = 1;
    for (long size : shape) {
      product *= size;
    }
    return product;
  }

  PtNDArray array() {
    return array;
  }

  /** Frees the handle; memory that a {@link TensorList} shares stays until that is closed too. */
  @Override
  public void close() {
    array.close();
  }

  @Override
  public String toString() {
    return type + java.util.Arrays.toString(shape);
  }
}
