package io.redraft.model.train;

import io.redraft.model.checkpoint.LayerPiece;
import io.redraft.model.checkpoint.LayerStore;
import io.redraft.model.checkpoint.WeightLayout;
import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import io.redraft.model.text.ByteTokenizer;
import io.redraft.model.train.config.Configs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The folder of a run that prepends two blocks, with random weights as its layers. */
public final class LayeredRun {
  private final Path folder;
  private final NetworkConfig network;
  private final Map<String, float[]> weights = new LinkedHashMap<>();

  /** A run whose embedding has two rows more than its tokenizer. */
  public LayeredRun(Path folder, String... overrides) throws IOException {
    this.folder = folder;
    var config =
        Configs.of(
            """
            model:
              {width: 16, layers: 2, heads: 2, feed_forward_width: 32, context: 16, vocabulary: 260,
               tied_head: false}
            tokenizer: {kind: bytes}
            data: {format: synthetic}
            curriculum: {direction: right-to-left, steps: 7}
            """,
            List.of(overrides));
    this.network = config.model().network(258, 257, 256);
    var random = new Random(4);
    WeightLayout.of(network)
        .forEach(
            (name, shape) -> {
              var values = new float[(int) TensorView.elementsOf(shape)];
              for (var i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
              }
              weights.put(name, values);
            });
    new RunFolder(folder).record(config, ByteTokenizer.toJson());
  }

  /** Commits the stage that trains these pieces. */
  public void commit(int stage, String... pieces) throws IOException {
    Map<String, float[]> tensors = new HashMap<>(weights);
    tensors.keySet().removeIf(name -> !List.of(pieces).contains(LayerPiece.holding(name)));
    LayerStore.open(new RunFolder(folder).layers(), network).commit(stage, 7, tensors);
  }

  /** A weight as it was committed. */
  public float[] weight(String name) {
    return weights.get(name);
  }
}
