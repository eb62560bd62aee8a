package io.redraft.model.train;

import ai.djl.ndarray.NDArray;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.tensor.DeviceScope;
import java.util.HashMap;
import java.util.Map;

/**
 * Angles of the rotary position embedding (Su et al. 2021) as complex numbers: position t turns
 * pair i of a head of width E by t · θ^(−2i/E). One table (T, 1, E/2, 2) of cosines and sines for
 * every length T that is asked for, and one for two copies of it side by side, (2T, 1, E/2, 2).
 */
public final class RotaryTable {
  private final NetworkConfig network;
  private final DeviceScope scope;
  private final Map<Places, NDArray> tables = new HashMap<>();

  private record Places(int length, int copies) {}

  /** Tables of a network, which live as long as the scope. */
  public RotaryTable(NetworkConfig network, DeviceScope scope) {
    this.network = network;
    this.scope = scope;
  }

  /** The angles of the rows of a batch's sequences. */
  public NDArray of(TokenBatch batch) {
    return tables.computeIfAbsent(new Places(batch.tokens(), batch.copies()), this::compute);
  }

  private NDArray compute(Places places) {
    var pairs = network.headWidth() / 2;
    var length = places.length() * places.copies();
    var angles = new float[length * pairs * 2];
    for (var t = 0; t < length; t++) {
      for (var i = 0; i < pairs; i++) {
        var angle =
            t % places.length() * Math.pow(network.ropeTheta(), -2.0 * i / network.headWidth());
        angles[2 * (t * pairs + i)] = (float) Math.cos(angle);
        angles[2 * (t * pairs + i) + 1] = (float) Math.sin(angle);
      }
    }
    return scope.floats(angles, length, 1, pairs, 2);
  }
}
