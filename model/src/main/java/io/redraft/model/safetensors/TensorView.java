package io.redraft.model.safetensors;

import io.redraft.model.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * A tensor in a file: its name, type and shape, and its elements in row-major order, read straight
 * from the mapped file. An immutable view; safe for use by several threads.
 *
 * <p>8-bit weights are an {@code I8} tensor {@code NAME} with one {@code F16} scale for every
 * {@link BlockQuantization#BLOCK} elements in {@code NAME.scales}; such a view carries its scales
 * and reads as the float32 values that they stand for.
 */
public final class TensorView {
  /** What is put behind a tensor's name to name its scales. */
  public static final String SCALES = ".scales";

  /** Bytes of a slice; every slice but the last has this size. */
  static final int SLICE = 1 << 30;

  private final String name;
  private final TensorType type;
  private final long[] shape;
  private final long elements;
  private final List<ByteBuffer> slices;
  private final TensorView scales;

  private TensorView(
      String name, TensorType type, long[] shape, List<ByteBuffer> slices, TensorView scales) {
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.elements = elementsOf(shape);
    this.slices = slices;
    this.scales = scales;
  }

  /** A view of bytes that lie in {@code slices}, all of {@link #SLICE} bytes but the last. */
  static TensorView over(String name, TensorType type, long[] shape, List<ByteBuffer> slices) {
    return new TensorView(name, type, shape, slices, null);
  }

  /** This 8-bit tensor, read through its scales. */
  TensorView withScales(TensorView scales) {
    return new TensorView(name, type, shape, slices, scales);
  }

  /** Name of the tensor in its file. */
  public String name() {
    return name;
  }

  /** Type of the stored elements. */
  public TensorType type() {
    return type;
  }

  /** Length of every axis; empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    return elements;
  }

  /** Bytes that the elements take in the file, scales not counted. */
  public long byteSize() {
    return elements * type.width();
  }

  /** Whether this is an 8-bit tensor with block scales. */
  public boolean quantized() {
    return scales != null;
  }

  /**
   * The stored bytes in order, as read-only little-endian buffers of at most 1 GiB each; a tensor
   * below that size is one buffer, and an empty one is none.
   */
  public List<ByteBuffer> slices() {
    return slices.stream().map(TensorView::fresh).toList();
  }

  /** All elements as float32, dequantised where there are scales. */
  public float[] toFloat32() {
    float[] values = new float[fitting()];
    readFloat32(0, FloatBuffer.wrap(values));
    return values;
  }

  /**
   * All elements as float32 in a direct buffer of native byte order, ready to be handed to native
   * code without another copy.
   */
  public ByteBuffer toFloat32Buffer() {
    int count = fitting();
    if (count > Integer.MAX_VALUE / Float.BYTES) {
      throw InvalidInputException.of(name, count + " elements", "at most 2 GiB as float32");
    }
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.nativeOrder());
    readFloat32(0, buffer.asFloatBuffer());
    return buffer;
  }

  /**
   * Reads elements from index {@code from} on until {@code target} is full.
   *
   * @throws InvalidInputException if the type is not a floating-point one and has no scales
   */
  public void readFloat32(long from, FloatBuffer target) {
    if (from < 0 || target.remaining() > elements - from) {
      throw new IndexOutOfBoundsException(
          name + ": " + target.remaining() + " elements from " + from + " of " + elements);
    }
    if (scales == null && !type.floating()) {
      throw InvalidInputException.of(
          name, type, "F32, F16, BF16, F64, or I8 with scales in " + name + SCALES);
    }
    Float32Reader.read(this, scales, from, target);
  }

  /** Copies stored bytes from byte {@code from} on until {@code target} is full. */
  public void readBytes(long from, ByteBuffer target) {
    long at = from;
    while (target.hasRemaining()) {
      ByteBuffer slice = fresh(slices.get((int) (at / SLICE)));
      int start = (int) (at % SLICE);
      int count = Math.min(target.remaining(), slice.limit() - start);
      target.put(slice.slice(start, count));
      at += count;
    }
  }

  /** Number of elements of a shape that is known to be sound. */
  public static long elementsOf(long[] shape) {
    long product = 1;
    for (long axis : shape) {
      product = Math.multiplyExact(product, axis);
    }
    return product;
  }

  private int fitting() {
    if (elements > Integer.MAX_VALUE - 8) {
      throw InvalidInputException.of(
          name, elements + " elements", "at most " + (Integer.MAX_VALUE - 8) + " read at once");
    }
    return (int) elements;
  }

  private static ByteBuffer fresh(ByteBuffer slice) {
    return slice.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
