package io.redraft.model.train.layerwise;

import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.train.Initialization;
import java.util.Map;
import java.util.function.Function;

/**
 * The weights that a stage begins with: those that were committed, and for the others what the
 * run's seed draws, which are the same whatever the curriculum.
 */
final class CommittedWeights implements Function<String, float[]> {
  private final LayerStore store;
  private final NetworkConfig network;
  private final Map<String, long[]> shapes;
  private final long seed;

  /**
   * The weights of a run.
   *
   * @param seed that weights are drawn with
   */
  CommittedWeights(LayerStore store, NetworkConfig network, long seed) {
    this.store = store;
    this.network = network;
    this.shapes = WeightLayout.of(network);
    this.seed = seed;
  }

  @Override
  public float[] apply(String name) {
    return store.has(name)
        ? store.read(name)
        : Initialization.of(network, name, shapes.get(name), seed);
  }
}
