package io.redraft.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * A {@code List[Tensor]} on the native side, made once and passed to many calls: a network's
 * weights, in any precision. It shares the tensors' memory and keeps it alive, so the arrays it was
 * made from may be closed; closing it releases its share.
 */
public final class TensorList implements AutoCloseable {
  private final IValue value;
  private final int size;
  private boolean closed;

  private TensorList(PtNDArray[] arrays) {
    this.value = IValue.listFrom(arrays);
    this.size = arrays.length;
  }

  /** A list of ordinary tensors, none of them in a 16-bit format. */
  public static TensorList of(List<NDArray> arrays) {
    return new TensorList(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
  }

  /** A list of 16-bit tensors. */
  public static TensorList ofHalves(List<HalfTensor> tensors) {
    return new TensorList(tensors.stream().map(HalfTensor::array).toArray(PtNDArray[]::new));
  }

  /** Number of tensors. */
  public int size() {
    return size;
  }

  IValue value() {
    if (closed) {
      throw new IllegalStateException("the tensor list is closed");
    }
    return value;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      value.close();
    }
  }
}
