package io.redraft.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * One call of a kernel that may differentiate. The kernel turns gradients on by itself, takes them
 * with {@code torch.grad}, turns them off and updates parameters in place, so that a whole training
 * step is one native call:
 *
 * <pre>{@code
 * def step(self, x: Tensor, p: List[Tensor], rate: Tensor) -> Tensor:
 *   q = self.trainable(p)                       # detached aliases that record; turns gradients on
 *   loss = ...                                  # computed from q
 *   g = self.gradients(loss, q)                 # List[Tensor]; turns gradients off
 *   torch._fused_adamw_(p, g, ..., lr=float(rate), ...)
 *   return torch.detach(loss)
 * }</pre>
 *
 * <p>Unlike in a {@link KernelCall}, every argument arrives as a {@code Tensor} or a {@code
 * List[Tensor]}: a scalar is a 0-d tensor that the kernel reads with {@code int(x)} or {@code
 * float(x)}. Lists are not empty. Parameters are plain arrays: never mark them as requiring a
 * gradient.
 */
public final class TrainingCall {
  private final Kernels kernels;
  private final NDManager target;
  private final NDList inputs = new NDList();
  private final Map<NDArray, Boolean> used = new IdentityHashMap<>();
  private int lists;

  TrainingCall(Kernels kernels, String method, NDManager target) {
    this.kernels = kernels;
    this.target = target;
    // The first array's manager receives the results, and its name picks the method. It lies on the
    // host: a copy to the device could not be recorded.
    NDArray name = target.newSubManager(ai.djl.Device.cpu()).create(0L);
    name.setName("module_method:" + method);
    inputs.add(name);
  }

  /** A 0-d int64 tensor. */
  public TrainingCall integer(long value) {
    return tensor(target.create(value));
  }

  /** A 0-d float64 tensor. */
  public TrainingCall number(double value) {
    return tensor(target.create(value));
  }

  /** A {@code Tensor}. */
  public TrainingCall tensor(NDArray array) {
    inputs.add(named(array, null));
    return this;
  }

  /** A {@code List[Tensor]}, not empty. */
  public TrainingCall tensors(List<NDArray> arrays) {
    if (arrays.isEmpty()) {
      throw new IllegalArgumentException("an empty list cannot be passed to a training kernel");
    }
    String name = "list" + lists++ + "[]";
    arrays.forEach(array -> inputs.add(named(array, name)));
    return this;
  }

  /** A {@code List[Tensor]} of 16-bit tensors, not empty. */
  public TrainingCall halves(List<HalfTensor> tensors) {
    return tensors(tensors.stream().map(tensor -> (NDArray) tensor.array()).toList());
  }

  /**
   * Runs a kernel that returns one 16-bit {@code Tensor} of the given shape, which kernels may
   * record what is computed from.
   */
  public HalfTensor runHalf(HalfType type, long... shape) {
    return new HalfTensor((PtNDArray) runOne(), type, shape);
  }

  /** Runs the kernel, which returns a {@code Tensor} or a {@code List[Tensor]}. */
  public List<NDArray> run() {
    try {
      return List.copyOf(IValueUtils.forward(kernels.module(), inputs, true));
    } finally {
      inputs.forEach(array -> array.setName(null));
      // A kernel that failed half-way has left gradients on, for this thread.
      JniUtils.setGradMode(false);
    }
  }

  /** Runs a kernel that returns one {@code Tensor}. */
  public NDArray runOne() {
    return run().get(0);
  }

  /**
   * Arguments are told apart by the names of their arrays, so an array that is passed twice is
   * passed the second time as another handle on the same memory.
   */
  private NDArray named(NDArray array, String name) {
    NDArray handle = array;
    if (used.put(array, true) != null) {
      handle = array.stopGradient();
      handle.attach(target);
    }
    handle.setName(name);
    return handle;
  }
}
