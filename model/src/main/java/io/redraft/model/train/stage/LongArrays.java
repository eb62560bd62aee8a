package io.redraft.model.train.stage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.redraft.model.nn.ComputeType;
import io.redraft.model.safetensors.BFloat16;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.HalfTensor;
import io.redraft.model.tensor.HalfType;
import io.redraft.model.tensor.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Arrays on a device that are larger than a buffer of the host may be (2 GiB): they are written and
 * read in pieces. They are made outside of inference mode, so that kernels may record what is
 * computed from them.
 */
final class LongArrays {
  private static final int PIECE_FLOATS = 1 << 26;
  private static final int PIECE_BYTES = 1 << 28;

  private final Kernels kernels;
  private final DeviceScope scope;

  /** Arrays that live as long as a scope. */
  LongArrays(Kernels kernels, DeviceScope scope) {
    this.kernels = kernels;
    this.scope = scope;
  }

  /** A float32 array; where there are no values, one of zeros. */
  NDArray floats(float[] values, int length) {
    var array = scope.zeros(length);
    for (var from = 0; from < values.length; from += PIECE_FLOATS) {
      var to = Math.min(values.length, from + PIECE_FLOATS);
      try (var piece = kernels.scope()) {
        write(array, from, piece.floats(Arrays.copyOfRange(values, from, to), to - from), piece);
      }
    }
    return array;
  }

  /** A uint8 array. */
  NDArray bytes(byte[] values) {
    var array = scope.manager().zeros(new Shape(values.length), DataType.UINT8);
    for (var from = 0; from < values.length; from += PIECE_BYTES) {
      var size = Math.min(values.length - from, PIECE_BYTES);
      try (var piece = kernels.scope()) {
        write(array, from, piece.bytes(ByteBuffer.wrap(values, from, size)), piece);
      }
    }
    return array;
  }

  /** A bfloat16 array of values, rounded to nearest, ties to even. */
  HalfTensor halves(float[] values) {
    var array =
        kernels
            .train("stage_numbers", scope)
            .tensor(scope.zeros(1))
            .integer(values.length)
            .integer(ComputeType.BFLOAT16.scalarType())
            .runHalf(HalfType.BFLOAT16, values.length);
    for (var from = 0; from < values.length; from += PIECE_FLOATS) {
      var to = Math.min(values.length, from + PIECE_FLOATS);
      var bytes = ByteBuffer.allocate(2 * (to - from)).order(ByteOrder.LITTLE_ENDIAN);
      for (var i = from; i < to; i++) {
        bytes.putShort(BFloat16.of(values[i]));
      }
      try (var piece = kernels.scope()) {
        kernels
            .call("stage_write_bytes", piece)
            .halves(List.of(array))
            .integer(from)
            .tensor(piece.bytes(bytes.flip()))
            .runInPlace();
      }
    }
    return array;
  }

  private void write(NDArray array, long at, NDArray piece, DeviceScope within) {
    kernels.call("stage_write", within).tensor(array).integer(at).tensor(piece).runInPlace();
  }

  /** A copy that lives as long as a scope. */
  NDArray copy(NDArray array, DeviceScope within) {
    return kernels
        .call("stage_read", within)
        .tensor(array)
        .integer(0)
        .integer(array.size())
        .runOne();
  }

  /** A float32 array's values. */
  float[] read(NDArray array) {
    var values = new float[Math.toIntExact(array.size())];
    for (var from = 0; from < values.length; from += PIECE_FLOATS) {
      var to = Math.min(values.length, from + PIECE_FLOATS);
      try (var piece = kernels.scope()) {
        var part =
            kernels.call("stage_read", piece).tensor(array).integer(from).integer(to).runOne();
        System.arraycopy(part.toFloatArray(), 0, values, from, to - from);
      }
    }
    return values;
  }
}
