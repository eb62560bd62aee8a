package io.redraft.model.safetensors;

import io.redraft.model.files.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * A tensor that is to be written: its name, type and shape, and where its bytes come from when
 * their turn comes. Only one tensor's bytes are asked for at a time.
 *
 * @param name name in the file
 * @param type type of the elements
 * @param shape length of every axis
 * @param content writes the elements, row-major and little-endian
 */
public record TensorOutput(String name, TensorType type, long[] shape, Content content) {
  /** Where the bytes of a tensor come from. */
  @FunctionalInterface
  public interface Content {
    /** Writes all bytes of the tensor, in order. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private static final int PIECE = 1 << 16;

  /** Bytes that the tensor takes. */
  public long byteSize() {
    return TensorView.elementsOf(shape) * type.width();
  }

  /** Float32 values from an array. */
  public static TensorOutput float32(String name, long[] shape, float[] values) {
    return float32(name, shape, FloatBuffer.wrap(values));
  }

  /** Float32 values from a buffer, which is not changed. */
  public static TensorOutput float32(String name, long[] shape, FloatBuffer values) {
    return new TensorOutput(
        name,
        TensorType.F32,
        shape,
        channel -> {
          FloatBuffer rest = values.duplicate();
          ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
          while (rest.hasRemaining()) {
            int count = Math.min(rest.remaining(), PIECE / Float.BYTES);
            piece.clear().limit(count * Float.BYTES);
            piece.asFloatBuffer().put(rest.slice().limit(count));
            rest.position(rest.position() + count);
            AtomicFiles.writeFully(channel, piece);
          }
        });
  }

  /** Bytes that are in the stored form already. */
  public static TensorOutput bytes(String name, TensorType type, long[] shape, ByteBuffer bytes) {
    return new TensorOutput(
        name, type, shape, channel -> AtomicFiles.writeFully(channel, bytes.duplicate()));
  }

  /** A tensor of another file, as it is; an 8-bit one without its scales. */
  public static TensorOutput copyOf(TensorView tensor) {
    return new TensorOutput(
        tensor.name(),
        tensor.type(),
        tensor.shape(),
        channel -> {
          for (ByteBuffer slice : tensor.slices()) {
            AtomicFiles.writeFully(channel, slice);
          }
        });
  }

  /** Values as 8-bit weights: the tensor itself and its scales. */
  public static List<TensorOutput> quantized(String name, long[] shape, float[] values) {
    BlockQuantization quantized = BlockQuantization.of(name, values);
    ByteBuffer scales =
        ByteBuffer.allocate(quantized.scales().length * 2).order(ByteOrder.LITTLE_ENDIAN);
    scales.asShortBuffer().put(quantized.scales());
    return List.of(
        bytes(name, TensorType.I8, shape, ByteBuffer.wrap(quantized.values())),
        bytes(
            name + TensorView.SCALES,
            TensorType.F16,
            new long[] {quantized.scales().length},
            scales));
  }

  /** The first elements of a tensor of another file, as many as a shape has, in float32. */
  public static TensorOutput float32(TensorView tensor, long[] shape) {
    return new TensorOutput(
        tensor.name(),
        TensorType.F32,
        shape,
        channel -> {
          ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
          long all = TensorView.elementsOf(shape);
          for (long at = 0; at < all; at += PIECE / Float.BYTES) {
            int count = (int) Math.min(all - at, PIECE / Float.BYTES);
            piece.clear().limit(count * Float.BYTES);
            tensor.readFloat32(at, piece.asFloatBuffer());
            AtomicFiles.writeFully(channel, piece);
          }
        });
  }

  /**
   * The first elements of a tensor of another file, as many as a shape has, as 8-bit weights: the
   * tensor itself and its scales. They are read when their turn comes, so that one tensor at a time
   * is in memory.
   */
  public static List<TensorOutput> quantized(TensorView tensor, long[] shape) {
    String name = tensor.name();
    long scales = BlockQuantization.blocks(TensorView.elementsOf(shape));
    return List.of(
        new TensorOutput(
            name, TensorType.I8, shape, out -> loaded(tensor, shape, 0).content().writeTo(out)),
        new TensorOutput(
            name + TensorView.SCALES,
            TensorType.F16,
            new long[] {scales},
            out -> loaded(tensor, shape, 1).content().writeTo(out)));
  }

  private static TensorOutput loaded(TensorView tensor, long[] shape, int part) {
    float[] values = new float[Math.toIntExact(TensorView.elementsOf(shape))];
    tensor.readFloat32(0, FloatBuffer.wrap(values));
    return quantized(tensor.name(), shape, values).get(part);
  }
}
