package io.redraft.load.train;

import io.redraft.model.nn.ComputeType;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import io.redraft.model.tensor.Kernels;
import io.redraft.model.train.LayerProducts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The matrix products of a training step and nothing else: for every linear layer and the head the
 * forward product and the two of the backward pass, each distinct shape on operands of its own.
 */
final class BareProducts implements AutoCloseable {
  /** A linear layer's widths. */
  private record Layer(int inner, int outer) {}

  private final Kernels kernels;
  private final Map<LayerProducts, Integer> products = new LinkedHashMap<>();

  BareProducts(Device device, NetworkConfig network, int tokens, ComputeType type) {
    this.kernels = LayerProducts.open(device);
    layers(network)
        .forEach(
            (layer, times) ->
                products.put(
                    new LayerProducts(kernels, tokens, layer.inner, layer.outer, type.scalarType()),
                    times));
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
    var began = System.nanoTime();
    products.forEach(LayerProducts::run);
    return (System.nanoTime() - began) / 1e9;
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
    products.keySet().forEach(LayerProducts::close);
    kernels.close();
  }
}
