package io.redraft.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One inference call of a kernel: its arguments in the order of the kernel's signature, then one of
 * the {@code run} methods. Nothing is differentiated, scalars travel as {@code int}, {@code float}
 * and {@code bool}, and tensors of any precision are allowed in lists. For training see {@link
 * TrainingCall}.
 */
public final class KernelCall {
  private final Kernels kernels;
  private final String method;
  private final PtNDManager target;
  private final List<IValue> arguments = new ArrayList<>();
  private final List<IValue> owned = new ArrayList<>();

  KernelCall(Kernels kernels, String method, NDManager target) {
    this.kernels = kernels;
    this.method = method;
    this.target = (PtNDManager) target;
  }

  /** An {@code int}. */
  public KernelCall integer(long value) {
    return own(IValue.from(value));
  }

  /** A {@code float} (64 bits wide in kernels). */
  public KernelCall number(double value) {
    return own(IValue.from(value));
  }

  /** A {@code bool}. */
  public KernelCall flag(boolean value) {
    return own(IValue.from(value));
  }

  /** A {@code List[int]}. */
  public KernelCall integers(long... values) {
    return own(IValue.listFrom(values));
  }

  /** A {@code Tensor}. */
  public KernelCall tensor(NDArray array) {
    return own(IValue.from((PtNDArray) array));
  }

  /** A {@code List[Tensor]}, made for this call. */
  public KernelCall tensors(List<NDArray> arrays) {
    return own(IValue.listFrom(arrays.toArray(PtNDArray[]::new)));
  }

  /** A {@code List[Tensor]} that outlives this call. */
  public KernelCall tensors(TensorList list) {
    arguments.add(list.value());
    return this;
  }

  /** A {@code List[List[Tensor]]}, at least one, of lists that outlive this call. */
  public KernelCall lists(List<TensorList> lists) {
    return own(IValue.listFrom(lists.stream().map(TensorList::value).toArray(IValue[]::new)));
  }

  /** A {@code List[Tensor]} of 16-bit tensors, made for this call. */
  public KernelCall halves(List<HalfTensor> tensors) {
    return own(IValue.listFrom(tensors.stream().map(HalfTensor::array).toArray(PtNDArray[]::new)));
  }

  /**
   * Runs a kernel that returns a {@code Tensor} or a {@code List[Tensor]}, none of them in a 16-bit
   * format.
   */
  public List<NDArray> run() {
    try (IValue result = invoke()) {
      return List.copyOf(result.toNDList(target));
    }
  }

  /** Runs a kernel that returns one {@code Tensor}, not in a 16-bit format. */
  public NDArray runOne() {
    try (IValue result = invoke()) {
      return result.toTensor(target);
    }
  }

  /** Runs a kernel whose result only frees memory or whose work is done in place. */
  public void runInPlace() {
    invoke().close();
  }

  /** Runs a kernel that returns a {@code List[Tensor]} for other kernels, of any precision. */
  public TensorList runList() {
    return new TensorList(invoke());
  }

  /** Runs a kernel that returns one 16-bit {@code Tensor} of the given shape. */
  HalfTensor runHalf(HalfType type, long... shape) {
    try (IValue result = invoke()) {
      return new HalfTensor(result.toTensor(target), type, shape);
    }
  }

  private IValue invoke() {
    try {
      return IValueUtils.runMethod(kernels.module(), method, arguments.toArray(IValue[]::new));
    } finally {
      owned.forEach(IValue::close);
      NativeHandles.arguments(-owned.size());
      owned.clear();
    }
  }

  private KernelCall own(IValue value) {
    owned.add(value);
    NativeHandles.arguments(1);
    arguments.add(value);
    return this;
  }

  @Override
  public String toString() {
    return method + Arrays.toString(arguments.stream().map(IValue::getType).toArray());
  }
}
