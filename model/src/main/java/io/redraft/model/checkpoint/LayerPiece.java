package io.redraft.model.checkpoint;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.safetensors.TensorView;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A part of a network that is trained, kept and read by itself: the embeddings with what tells the
 * network its mask ratio, every block, and the last norm with a head of its own.
 *
 * @param name {@code embeddings}, {@code layer-0}, {@code layer-1}, … or {@code head}
 * @param shapes its weights by their standard names
 */
public record LayerPiece(String name, Map<String, long[]> shapes) {
  /** Name of the piece that comes first. */
  public static final String EMBEDDINGS = "embeddings";

  /** Name of the piece that comes last. */
  public static final String HEAD = "head";

  private static final String LAYER = "layer-";
  private static final String LAYER_WEIGHTS = "model.layers.";

  /** All pieces of a network, in the order of the computation. */
  public static List<LayerPiece> of(NetworkConfig network) {
    Map<String, Map<String, long[]>> pieces = new LinkedHashMap<>();
    pieces.put(EMBEDDINGS, new LinkedHashMap<>());
    for (int block = 0; block < network.layers(); block++) {
      pieces.put(layer(block), new LinkedHashMap<>());
    }
    pieces.put(HEAD, new LinkedHashMap<>());
    WeightLayout.of(network)
        .forEach((weight, shape) -> pieces.get(holding(weight)).put(weight, shape));
    return pieces.entrySet().stream()
        .map(piece -> new LayerPiece(piece.getKey(), piece.getValue()))
        .toList();
  }

  /** Name of a block's piece. */
  public static String layer(int block) {
    return LAYER + block;
  }

  /** Name of the piece that holds a weight of a standard name. */
  public static String holding(String weight) {
    if (weight.startsWith(LAYER_WEIGHTS)) {
      return LAYER + weight.substring(LAYER_WEIGHTS.length()).split("\\.", 2)[0];
    }
    return switch (weight) {
      case "model.norm.weight", "model.adaln.weight", "lm_head.weight" -> HEAD;
      default -> EMBEDDINGS;
    };
  }

  /** Number of its weights. */
  public long parameters() {
    return shapes.values().stream().mapToLong(TensorView::elementsOf).sum();
  }
}
