package io.redraft.model.nn.transformer;

import ai.djl.ndarray.NDArray;
import io.redraft.model.safetensors.TensorSource;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.TensorList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The weights of a model's files, as float32.
 *
 * @param source all weights of {@link io.redraft.model.checkpoint.WeightLayout}, in their shapes
 */
record FileMatrices(TensorSource source) implements Preparation.Matrices {
  @Override
  public TensorList read(DeviceScope scope, long rows, long columns, String... names) {
    long elements = rows * Math.max(1, columns);
    var bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(elements * Float.BYTES))
            .order(ByteOrder.nativeOrder());
    var floats = bytes.asFloatBuffer();
    for (String name : names) {
      TensorView tensor = source.tensor(name);
      floats.limit(floats.position() + (int) tensor.elements());
      tensor.readFloat32(0, floats);
      floats.position(floats.limit());
    }
    if (floats.position() != elements) {
      throw new IllegalArgumentException(
          "%d weights in %s instead of %d"
              .formatted(floats.position(), String.join(", ", names), elements));
    }
    NDArray matrix = columns == 0 ? scope.floats(bytes, rows) : scope.floats(bytes, rows, columns);
    return TensorList.of(List.of(matrix));
  }

  @Override
  public boolean gains() {
    return true;
  }
}
