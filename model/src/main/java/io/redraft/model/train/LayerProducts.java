package io.redraft.model.train;

import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelArchive;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The three matrix products of a linear layer in a training step, and nothing else, on random
 * operands: what the speed of training is compared with. Confined to the thread that opened the
 * kernels.
 */
public final class LayerProducts implements AutoCloseable {
  private final Kernels kernels;
  private final TensorList operands;

  /**
   * Draws the operands of a layer.
   *
   * @param kernels those that {@link #open} gave
   * @param rows rows of the activations
   * @param inner columns of the activations
   * @param outer rows of the weights
   * @param scalarType number format, as kernels number them
   */
  public LayerProducts(Kernels kernels, int rows, int inner, int outer, int scalarType) {
    this.kernels = kernels;
    try (DeviceScope scope = kernels.scope()) {
      this.operands =
          kernels
              .call("operands", scope)
              .tensor(scope.zeros(1))
              .integer(rows)
              .integer(inner)
              .integer(outer)
              .integer(scalarType)
              .runList();
    }
  }

  /** Opens the kernels that multiply, on a device; the caller closes them. */
  public static Kernels open(Device device) {
    return Kernels.open(device, KernelArchive.pack(List.of(source())));
  }

  /** Multiplies so many times and waits for the device. */
  public void run(int times) {
    try (DeviceScope scope = kernels.scope()) {
      kernels.call("products", scope).tensors(operands).integer(times).runOne().toFloatArray();
    }
  }

  private static String source() {
    try (var stream = LayerProducts.class.getResourceAsStream("products.py")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    operands.close();
  }
}
