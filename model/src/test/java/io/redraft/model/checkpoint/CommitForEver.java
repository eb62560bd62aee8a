package io.redraft.model.checkpoint;

import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A process that commits one stage after the other until it is killed. */
public final class CommitForEver {
  static final NetworkConfig NETWORK =
      new NetworkConfig(
          40, 32, 3, 2, 1, 16, 64, 16, 1e-5, 1e4, false, AttentionMode.BIDIRECTIONAL, 39, -1, -1);

  private CommitForEver() {}

  /** Weights that all have the number of their stage as their value. */
  static Map<String, float[]> tensors(NetworkConfig network, float value) {
    Map<String, float[]> tensors = new HashMap<>();
    WeightLayout.of(network)
        .forEach(
            (name, shape) -> {
              var values = new float[(int) TensorView.elementsOf(shape)];
              Arrays.fill(values, value);
              tensors.put(name, values);
            });
    return tensors;
  }

  /** Commits into the run's folder that is named. */
  public static void main(String[] arguments) throws Exception {
    var run = Path.of(arguments[0]);
    var lock = RunLock.acquire(run);
    try (lock) {
      var store = LayerStore.open(run.resolve(LayerStore.FOLDER), NETWORK);
      store.sweep();
      var stages = store.committed();
      for (var stage = stages.isEmpty() ? 1 : stages.get(stages.size() - 1) + 1; ; stage++) {
        store.commit(stage, 10L * stage, tensors(NETWORK, stage));
        System.out.println(stage);
      }
    }
  }
}
