package io.redraft.model.train;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.tensor.DeviceScope;
import java.util.HashMap;
import java.util.Map;

/**
 * Cosines and sines of the rotary position embedding (Su et al. 2021), for positions 0 to T − 1:
 * angle(t, i) = t · θ^(−2i/E) for i below E/2, the second half of a head as the first. A sine has
 * the sign with which it meets the other half: x·cos + swap(x)·sin rotates.
 */
final class RotaryTable {
  /** Both (T, 1, E). */
  record Angles(NDArray cos, NDArray sin) {}

  private final NetworkConfig network;
  private final DeviceScope scope;
  private final Map<Integer, Angles> tables = new HashMap<>();

  RotaryTable(NetworkConfig network, DeviceScope scope) {
    this.network = network;
    this.scope = scope;
  }

  Angles of(int length) {
    return tables.computeIfAbsent(length, this::compute);
  }

  private Angles compute(int length) {
    var width = network.headWidth();
    var half = width / 2;
    var cos = new float[length * width];
    var sin = new float[length * width];
    for (var t = 0; t < length; t++) {
      for (var i = 0; i < width; i++) {
        var angle = t * Math.pow(network.ropeTheta(), -2.0 * (i % half) / width);
        cos[t * width + i] = (float) Math.cos(angle);
        sin[t * width + i] = (float) (i < half ? -Math.sin(angle) : Math.sin(angle));
      }
    }
    return new Angles(scope.floats(cos, length, 1, width), scope.floats(sin, length, 1, width));
  }
}
