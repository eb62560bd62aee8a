package io.redraft.model.tensor;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Conversions between ordinary tensors, bytes and {@link HalfTensor}s. */
public final class Halves {
  private Halves() {}

  /** A tensor's values rounded (to nearest, ties to even) to a 16-bit format. */
  public static HalfTensor round(Kernels kernels, DeviceScope scope, NDArray x, HalfType type) {
    return kernels
        .call("to_half", scope)
        .tensors(List.of(x))
        .integer(type.scalarType())
        .runHalf(type, x.getShape().getShape());
  }

  /** Little-endian bytes of a 16-bit format as a tensor, on the scope's device. */
  public static HalfTensor fromBytes(
      Kernels kernels, DeviceScope scope, ByteBuffer bytes, HalfType type, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    if (bytes.remaining() != 2 * elements) {
      throw new IllegalArgumentException(
          bytes.remaining() + " bytes for a 16-bit tensor of shape " + Arrays.toString(shape));
    }
    try (NDArray raw = scope.bytes(bytes)) {
      return kernels
          .call("view_half", scope)
          .tensor(raw)
          .integer(type.scalarType())
          .integers(shape)
          .runHalf(type, shape);
    }
  }

  /** The exact values as float32. */
  public static NDArray toFloat32(Kernels kernels, DeviceScope scope, HalfTensor x) {
    return kernels.call("to_float32", scope).halves(List.of(x)).runOne();
  }
}
