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
  private boolean closed;

  TensorList(IValue value) {
    this.value = value;
    NativeHandles.lists(1);
  }

  /** A list of ordinary tensors, none of them in a 16-bit format. */
  public static TensorList of(List<NDArray> arrays) {
    return new TensorList(IValue.listFrom(arrays.toArray(PtNDArray[]::new)));
  }

  /** A list of 16-bit tensors. */
  public static TensorList ofHalves(List<HalfTensor> tensors) {
    return new TensorList(
        IValue.listFrom(tensors.stream().map(HalfTensor::array).toArray(PtNDArray[]::new)));
  }

  /** A {@code List[List[Tensor]]}, at least one, which shares what the lists hold. */
  public static TensorList ofLists(List<TensorList> lists) {
    return new TensorList(
        IValue.listFrom(lists.stream().map(TensorList::value).toArray(IValue[]::new)));
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
      NativeHandles.lists(-1);
      value.close();
    }
  }
}
