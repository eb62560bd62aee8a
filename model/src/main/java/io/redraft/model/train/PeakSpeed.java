package io.redraft.model.train;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.Device;
import java.util.Locale;

/**
 * How fast a device multiplies matrices of a network's shapes and does nothing else: what the speed
 * of training is compared with.
 *
 * @param flops floating-point operations a second
 * @param products what was multiplied, in words
 */
public record PeakSpeed(double flops, String products) {
  /** Time spent on measuring. */
  private static final long NANOS = 150_000_000;

  /** Rounds at least; the first sets things up. */
  private static final int ROUNDS = 3;

  /** Rows beyond these make no product faster. */
  private static final int MOST_ROWS_CPU = 4096;

  private static final int MOST_ROWS_GPU = 65536;

  /**
   * Measures, in well under a second on a CPU as on a GPU: the best of several rounds of the
   * feed-forward's first product and of the two that its backward pass needs.
   *
   * @param tokens rows of the activations, tokens of a micro-batch
   */
  public static PeakSpeed measure(
      Device device, NetworkConfig network, int tokens, Numerics numerics) {
    var rows = Math.min(tokens, device.isGpu() ? MOST_ROWS_GPU : MOST_ROWS_CPU);
    var outer = 2 * network.feedForwardWidth();
    var operations = 6.0 * rows * network.width() * outer;
    // A launch must not count on a GPU: enough products to take a millisecond on the fastest.
    var times = device.isGpu() ? (int) Math.max(1, 1e12 / operations) : 1;
    var best = Double.MAX_VALUE;
    try (var kernels = LayerProducts.open(device);
        var products =
            new LayerProducts(kernels, rows, network.width(), outer, numerics.scalarType())) {
      var began = System.nanoTime();
      for (var round = 0; round < ROUNDS || System.nanoTime() - began < NANOS; round++) {
        var start = System.nanoTime();
        products.run(times);
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
    }
    return new PeakSpeed(
        operations * times / best,
        String.format(
            Locale.ROOT,
            "%s products of %d x %d x %d",
            numerics.bfloat16() ? "bfloat16" : "float32",
            rows,
            network.width(),
            outer));
  }

  /** The speed with its unit and where it comes from. */
  @Override
  public String toString() {
    return flops >= 1e12
        ? String.format(Locale.ROOT, "%.1f TFLOP/s, measured on %s", flops / 1e12, products)
        : String.format(Locale.ROOT, "%.0f GFLOP/s, measured on %s", flops / 1e9, products);
  }
}
