package io.redraft.load.train;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.DeviceScope;
import io.redraft.model.tensor.KernelArchive;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.tensor.TensorList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The matrix products of a training step and nothing else: for every linear layer and the head the
 * forward product and the two of the backward pass, each distinct shape on operands of its own.
 */
final class BareProducts implements AutoCloseable {
  /** A linear layer's widths. */
  private record Layer(int inner, int outer) {}

  private final Kernels kernels;
  private final DeviceScope scope;
  private final Map<TensorList, Integer> operands = new LinkedHashMap<>();

  BareProducts(Device device, NetworkConfig network, int tokens, ComputeType type)
      throws IOException {
    this.kernels = Kernels.open(device, KernelArchive.pack(List.of(source())));
    this.scope = kernels.scope();
    var like = scope.zeros(1);
    layers(network)
        .forEach(
            (layer, times) ->
                operands.put(
                    kernels
                        .call("operands", scope)
                        .tensor(like)
                        .integer(tokens)
                        .integer(layer.inner)
                        .integer(layer.outer)
                        .integer(type.scalarType())
                        .runList(),
                    times));
  }

  private static String source() throws IOException {
    try (var stream = BareProducts.class.getResourceAsStream("products.py")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Map<Layer, Integer> layers(NetworkConfig c) {
    var query = c.heads() * c.headWidth();
    var keyValue = c.keyValueHeads() * c.headWidth();
    Map<Layer, Integer> layers = new LinkedHashMap<>();
    layers.merge(new Layer(c.width(), query), c.layers(), Integer::sum);
    layers.merge(new Layer(c.width(), keyValue), 2 * c.layers(), Integer::sum);
    layers.merge(new Layer(query, c.width()), c.layers(), Integer::sum);
    layers.merge(new Layer(c.width(), c.feedForwardWidth()), 2 * c.layers(), Integer::sum);
    layers.merge(new Layer(c.feedForwardWidth(), c.width()), c.layers(), Integer::sum);
    layers.merge(new Layer(c.width(), c.vocabularySize()), 1, Integer::sum);
    return layers;
  }

  /** Seconds of all products of a step. */
  double seconds() {
    var results = new ArrayList<TensorList>();
    var began = System.nanoTime();
    try (var step = kernels.scope()) {
      for (var entry : operands.entrySet()) {
        for (var i = 0; i < entry.getValue(); i++) {
          results.forEach(TensorList::close);
          results.clear();
          results.add(kernels.call("products", step).tensors(entry.getKey()).runList());
        }
      }
      kernels.call("settle", step).tensors(results.get(0)).runOne().toFloatArray();
    }
    var seconds = (System.nanoTime() - began) / 1e9;
    results.forEach(TensorList::close);
    return seconds;
  }

  /** Floating-point operations of a step's products. */
  static double operations(NetworkConfig network, int tokens) {
    var sum = 0.0;
    for (var entry : layers(network).entrySet()) {
      sum += 6.0 * tokens * entry.getKey().inner * entry.getKey().outer * entry.getValue();
    }
    return sum;
  }

  @Override
  public void close() {
    operands.keySet().forEach(TensorList::close);
    scope.close();
    kernels.close();
  }
}
