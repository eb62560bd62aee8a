package io.redraft.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The lifetime of the tensors of one step, one request or one model: whatever is created in it, and
 * whatever kernels return into it, is freed when it closes. Opened with {@link Kernels#scope()} in
 * a try-with-resources statement, by the thread that owns the device.
 */
public final class DeviceScope implements AutoCloseable {
  private final NDManager manager;
  private final boolean outermost;
  private final List<DeviceScope> within = new ArrayList<>();

  DeviceScope(NDManager manager) {
    this(manager, true);
  }

  private DeviceScope(NDManager manager, boolean outermost) {
    this.manager = manager;
    this.outermost = outermost;
    NativeHandles.opened(this);
  }

  /** A float32 tensor of the values, in row-major order. */
  public NDArray floats(float[] values, long... shape) {
    return manager.create(FloatBuffer.wrap(values), new Shape(shape), DataType.FLOAT32);
  }

  /**
   * A float32 tensor that borrows a direct buffer in native byte order, from its start, for as long
   * as the tensor lives; kernels that keep it copy it.
   */
  public NDArray floats(ByteBuffer values, long... shape) {
    return manager.create(values, new Shape(shape), DataType.FLOAT32);
  }

  /** A float64 tensor of the values, in row-major order. */
  public NDArray doubles(double[] values, long... shape) {
    return manager.create(DoubleBuffer.wrap(values), new Shape(shape), DataType.FLOAT64);
  }

  /** An int32 tensor of the values, in row-major order. */
  public NDArray ints(int[] values, long... shape) {
    return manager.create(IntBuffer.wrap(values), new Shape(shape), DataType.INT32);
  }

  /** An int64 tensor of the values, in row-major order. */
  public NDArray longs(long[] values, long... shape) {
    return manager.create(LongBuffer.wrap(values), new Shape(shape), DataType.INT64);
  }

  /** A uint8 tensor of a buffer's remaining bytes; 16-bit formats are viewed from such bytes. */
  public NDArray bytes(ByteBuffer bytes) {
    var copy = manager.allocateDirect(bytes.remaining());
    copy.put(bytes.duplicate()).flip();
    return manager.create(copy, new Shape(copy.remaining()), DataType.UINT8);
  }

  /** A float32 tensor of zeros. */
  public NDArray zeros(long... shape) {
    return manager.zeros(new Shape(shape), DataType.FLOAT32);
  }

  /** A scope inside this one; it closes with this one at the latest. */
  public DeviceScope inner() {
    var inner = new DeviceScope(manager.newSubManager(), false);
    within.removeIf(other -> !other.manager.isOpen());
    within.add(inner);
    return inner;
  }

  /** Tensors in it, and in scopes inside it; those of one that is itself inside count there. */
  long tensors() {
    return outermost ? manager.getManagedArrays().size() : 0;
  }

  /** The tensor library's own name for this scope, for code that composes its array calls. */
  public NDManager manager() {
    return manager;
  }

  @Override
  public void close() {
    within.forEach(DeviceScope::close);
    within.clear();
    manager.close();
    NativeHandles.closed(this);
  }
}
