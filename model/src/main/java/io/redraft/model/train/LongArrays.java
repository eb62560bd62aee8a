package io.redraft.model.train;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Arrays on a device that are larger than a buffer of the host may be (2 GiB): they are written and
 * read in pieces. They are made outside of inference mode, so that kernels may record what is
 * computed from them. One has as many elements as an array of the host, {@value #MOST}, at most.
 */
public final class LongArrays {
  /** Most elements: what every Java runtime gives an array. */
  public static final int MOST = Integer.MAX_VALUE - 8;

  private static final int PIECE_FLOATS = 1 << 26;
  private static final int PIECE_BYTES = 1 << 28;

  private final Kernels kernels;
  private final DeviceScope scope;

  /** A part of an array: the elements from one on, at least one of them. */
  record Piece(int from, int size) {
    int to() {
      return from + size;
    }
  }

  /** Arrays that live as long as a scope. */
  public LongArrays(Kernels kernels, DeviceScope scope) {
    this.kernels = kernels;
    this.scope = scope;
  }

  /** All of an array, one part after the other. */
  static List<Piece> pieces(int length, int most) {
    List<Piece> pieces = new ArrayList<>();
    // Counted in 64 bits: behind the last piece of a long array is no int any more.
    for (var from = 0L; from < length; from += most) {
      pieces.add(new Piece((int) from, (int) Math.min(length - from, most)));
    }
    return pieces;
  }

  /** A float32 array; where there are no values, one of zeros. */
  public NDArray floats(float[] values, int length) {
    var array = scope.zeros(length);
    for (var part : pieces(values.length, PIECE_FLOATS)) {
      try (var piece = kernels.scope()) {
        var copy = Arrays.copyOfRange(values, part.from(), part.to());
        write(array, part.from(), piece.floats(copy, part.size()), piece);
      }
    }
    return array;
  }

  /** A uint8 array. */
  public NDArray bytes(byte[] values) {
    var array = scope.manager().zeros(new Shape(values.length), DataType.UINT8);
    for (var part : pieces(values.length, PIECE_BYTES)) {
      try (var piece = kernels.scope()) {
        var bytes = ByteBuffer.wrap(values, part.from(), part.size());
        write(array, part.from(), piece.bytes(bytes), piece);
      }
    }
    return array;
  }

  /** A bfloat16 array of values, rounded to nearest, ties to even. */
  public HalfTensor halves(float[] values) {
    var array =
        kernels
            .train("stage_numbers", scope)
            .tensor(scope.zeros(1))
            .integer(values.length)
            .integer(ComputeType.BFLOAT16.scalarType())
            .runHalf(HalfType.BFLOAT16, values.length);
    for (var part : pieces(values.length, PIECE_FLOATS)) {
      var bytes = ByteBuffer.allocate(2 * part.size()).order(ByteOrder.LITTLE_ENDIAN);
      for (var i = part.from(); i < part.to(); i++) {
        bytes.putShort(BFloat16.of(values[i]));
      }
      try (var piece = kernels.scope()) {
        kernels
            .call("stage_write_bytes", piece)
            .halves(List.of(array))
            .integer(part.from())
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
  public NDArray copy(NDArray array, DeviceScope within) {
    return kernels
        .call("stage_read", within)
        .tensor(array)
        .integer(0)
        .integer(array.size())
        .runOne();
  }

  /** A float32 array's values. */
  public float[] read(NDArray array) {
    var values = new float[Math.toIntExact(array.size())];
    for (var part : pieces(values.length, PIECE_FLOATS)) {
      try (var piece = kernels.scope()) {
        var read =
            kernels
                .call("stage_read", piece)
                .tensor(array)
                .integer(part.from())
                .integer(part.to())
                .runOne();
        System.arraycopy(read.toFloatArray(), 0, values, part.from(), part.size());
      }
    }
    return values;
  }
}
