package io.redraft.model.tensor;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * All kernels, loaded on one device: the way from Java to native computation. A kernel is a
 * function in one of the TorchScript sources under {@code kernels/}; weights are not part of it but
 * are passed in, so that one instance serves every model on the device.
 *
 * <p>Inference and updates in place:
 *
 * <pre>{@code
 * try (DeviceScope scope = kernels.scope()) {
 *   NDArray y = kernels.call("add_one", scope).tensor(x).number(0.5).runOne();
 * }
 * }</pre>
 *
 * <p>Training, in which one native call computes the loss, takes gradients and steps the optimizer:
 * {@link #train} and {@link TrainingCall}. Gradients inside a kernel are {@code torch.grad([loss],
 * parameters)}, the operator behind {@code torch.autograd.grad}.
 *
 * <p>Confined to the thread that opened it; a native call from another is refused, because part of
 * the native library's state (gradient mode, the interpreter's settings) belongs to a thread. A
 * device whose thread is replaced is taken over with {@link #adopt()}.
 */
public final class Kernels implements AutoCloseable {
  private static final AtomicBoolean THREADS_SET = new AtomicBoolean();

  private final Device device;
  private final Model model;
  private final NDManager root;
  private volatile Thread owner;
  private Optional<CudaGraphs> graphs;

  private Kernels(Device device, byte[] archive) {
    this.device = device;
    this.model = Model.newInstance("kernels", device.toDjl(), "PyTorch");
    // Intra-op threads are one pool a process, so that every core is used once.
    if (THREADS_SET.compareAndSet(false, true)) {
      JniUtils.setNumThreads(Runtime.getRuntime().availableProcessors());
    }
    try {
      model.load(new ByteArrayInputStream(archive), Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedModelException e) {
      throw new IllegalStateException("the kernel archive does not load", e);
    }
    this.root = model.getNDManager().newSubManager();
    try {
      root.zeros(new Shape(1)).close(); // the library sets a GPU up with its first tensor
      root.cap();
      adopt();
    } catch (EngineException e) {
      close(); // there is no such device, or it cannot be used
      throw e;
    }
  }

  /**
   * Loads the native library, which takes longer than the rest of a start, and opens nothing. May
   * be called by any thread, ahead of {@link #open(Device)} or beside it.
   */
  public static void preload() {
    Engine.getEngine("PyTorch");
  }

  /** Loads the kernels that ship with Redraft. */
  public static Kernels open(Device device) {
    return new Kernels(device, KernelArchive.standard(Engine.getEngine("PyTorch").getVersion()));
  }

  /** Loads an archive of other kernels. */
  public static Kernels open(Device device, byte[] archive) {
    return new Kernels(device, archive);
  }

  /** Where these kernels compute. */
  public Device device() {
    return device;
  }

  /** Makes the calling thread the owner; the one before it makes no calls any more. */
  public void adopt() {
    owner = Thread.currentThread();
    // Belongs to the thread: without it, the interpreter re-specialises on every new shape.
    JniUtils.setGraphExecutorOptimize(false);
    graphs = CudaGraphs.open(device);
  }

  /** What records launches on this device; nothing on the CPU, and where it cannot be done. */
  public Optional<CudaGraphs> graphs() {
    checkThread();
    return graphs;
  }

  /** Gives memory that was freed, and is kept for what comes, back to the device. */
  public void trim() {
    checkThread();
    if (device.isGpu()) {
      JniUtils.emptyCudaCache();
    }
  }

  /** Opens a scope for tensors on this device. */
  public DeviceScope scope() {
    checkThread();
    return new DeviceScope(root.newSubManager());
  }

  /** Begins an inference call of a kernel, whose results belong to the scope. */
  public KernelCall call(String kernel, DeviceScope scope) {
    checkThread();
    return new KernelCall(this, kernel, scope.manager());
  }

  /** Begins a call of a kernel that differentiates, whose results belong to the scope. */
  public TrainingCall train(String kernel, DeviceScope scope) {
    checkThread();
    return new TrainingCall(this, kernel, scope.manager());
  }

  PtSymbolBlock module() {
    return (PtSymbolBlock) model.getBlock();
  }

  private void checkThread() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException(
          "device "
              + device
              + " belongs to thread "
              + owner.getName()
              + ", not to "
              + Thread.currentThread().getName());
    }
  }

  @Override
  public void close() {
    root.close();
    model.close();
  }
}
