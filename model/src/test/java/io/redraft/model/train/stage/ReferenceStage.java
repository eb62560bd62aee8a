package io.redraft.model.train.stage;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.objective.TokenBatch;
import io.redraft.model.train.ReferenceNetwork;
import java.util.HashMap;
import java.util.Map;

/**
 * A stage in float64 from its formulas: what learns is put into a plain network, whose loss is
 * computed in plain loops. It shares no code with what is tested but the places of weights.
 */
final class ReferenceStage {
  private final StageLayout layout;
  private final Map<String, float[]> source;
  private final float[] spectral;

  /**
   * A stage.
   *
   * @param source what the stage began with; of quantised blocks, what was kept of them
   * @param spectral u and v of every normalised matrix, one after the other
   */
  ReferenceStage(StageLayout layout, Map<String, float[]> source, float[] spectral) {
    this.layout = layout;
    this.source = source;
    this.spectral = spectral;
  }

  /** The blocks that execute, and those before a cache, as a network of their own. */
  NetworkConfig plain() {
    var c = layout.network();
    return new NetworkConfig(
        c.vocabularySize(),
        c.width(),
        layout.stage().executed().to() - first(),
        c.heads(),
        c.keyValueHeads(),
        c.headWidth(),
        c.feedForwardWidth(),
        c.contextLength(),
        c.normEpsilon(),
        c.ropeTheta(),
        c.tiedHead(),
        c.attention(),
        c.maskToken(),
        c.beginToken(),
        c.endToken(),
        c.time(),
        c.attentionBlocks());
  }

  private int first() {
    return layout.stage().mechanics().cached() ? 0 : layout.stage().executed().from();
  }

  /** That network's weights. */
  Map<String, double[]> weights(double[] flat) {
    Map<String, double[]> weights = new HashMap<>();
    var norms = new HashMap<String, double[]>();
    var at = 0;
    for (var learned : layout.learned()) {
      if (spectral.length > 0 && spectrallyNormed(learned.name())) {
        var size = (int) (learned.shape().get(0) + learned.shape().get(1));
        norms.put(learned.name(), slice(ReferenceNetwork.widen(spectral), at, size));
        at += size;
      }
    }
    source.forEach(
        (name, values) -> {
          var block = StageLayout.blockOf(name);
          if (block >= layout.stage().executed().to() || block >= 0 && block < first()) {
            return;
          }
          var plain = name.replace("layers." + block + ".", "layers." + (block - first()) + ".");
          var place = (int) layout.place(name);
          var value =
              place < 0
                  ? adapted(name, ReferenceNetwork.widen(values), flat)
                  : slice(flat, place, values.length);
          if (norms.containsKey(name)) {
            value = divided(value, norms.get(name));
          }
          if (place >= 0 && (name.contains("o_proj") || name.contains("down_proj"))) {
            value = times(value, layout.stage().mechanics().residualGain());
          }
          weights.put(plain, value);
        });
    return weights;
  }

  private boolean spectrallyNormed(String name) {
    return name.contains("_proj.weight");
  }

  private double[] adapted(String name, double[] w, double[] flat) {
    var a = (int) layout.place(name.replace(".weight", ".lora_A.weight"));
    var b = (int) layout.place(name.replace(".weight", ".lora_B.weight"));
    if (a < 0) {
      return w;
    }
    var rank = layout.stage().mechanics().adapterRank();
    var columns = (int) layout.frozen().get(name)[1];
    for (var i = 0; i < w.length; i++) {
      for (var r = 0; r < rank; r++) {
        w[i] +=
            layout.stage().mechanics().adapterScale()
                * flat[b + i / columns * rank + r]
                * flat[a + r * columns + i % columns];
      }
    }
    return w;
  }

  private static double[] divided(double[] w, double[] uv) {
    // u has as many elements as w has rows, v as many as w has columns, and u comes first.
    for (var rows = 1; rows < uv.length; rows++) {
      var columns = uv.length - rows;
      var first = 0.0;
      var second = 0.0;
      for (var i = 0; i < rows; i++) {
        first += uv[i] * uv[i];
      }
      for (var i = rows; i < uv.length; i++) {
        second += uv[i] * uv[i];
      }
      if (rows * columns == w.length && Math.abs(first - 1) < 1e-4 && Math.abs(second - 1) < 1e-4) {
        var sigma = 0.0;
        for (var i = 0; i < w.length; i++) {
          sigma += uv[i / columns] * w[i] * uv[rows + i % columns];
        }
        return times(w, 1 / sigma);
      }
    }
    throw new AssertionError("no two unit vectors that fit");
  }

  private static double[] times(double[] w, double factor) {
    var out = w.clone();
    for (var i = 0; i < out.length; i++) {
      out[i] *= factor;
    }
    return out;
  }

  private static double[] slice(double[] values, int from, int length) {
    return java.util.Arrays.copyOfRange(values, from, from + length);
  }

  double[] crossEntropy(double[] flat, TokenBatch batch) {
    return new ReferenceNetwork(plain(), weights(flat)).crossEntropy(batch);
  }

  double loss(double[] flat, TokenBatch batch) {
    return new ReferenceNetwork(plain(), weights(flat)).loss(batch);
  }

  /**
   * Mean squared distance of the stream behind the blocks that learn to the embedding of less
   * masked ids, over masked places, in units of that embedding's mean square.
   */
  double distance(double[] flat, TokenBatch batch, int[] lessMasked, double[] target) {
    var network = new ReferenceNetwork(plain(), weights(flat));
    var c = layout.network();
    var apart = 0.0;
    var size = 0.0;
    for (var b = 0; b < batch.batch(); b++) {
      var h = network.stream(batch, b, layout.stage().trained().to() - first());
      for (var t = 0; t < batch.length(); t++) {
        var place = b * batch.length() + t;
        for (var i = 0; i < c.width() && batch.inputs()[place] == c.maskToken(); i++) {
          var wanted = target[lessMasked[place] * c.width() + i];
          apart += Math.pow(h[t][i] - wanted, 2);
          size += wanted * wanted;
        }
      }
    }
    return layout.stage().mechanics().consistency() * apart / size;
  }
}
