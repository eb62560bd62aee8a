package io.redraft.model.train.stage;

import io.redraft.model.safetensors.TensorView;
import io.redraft.model.train.config.FrozenStorage;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * What a stage commits: the weights that it has changed, as a plain network's, in float32 and by
 * their standard names. Adapters are merged into their matrices (into what was kept of them, where
 * that was fewer bits), spectral norms divided out, and the gain of residuals multiplied into the
 * matrices that write into the stream. A plain network with these weights computes what the stage
 * does.
 */
public final class StageWeights {
  private final StageLayout layout;
  private final float[] flat;
  private final float[] spectral;
  private final Function<String, float[]> source;
  private final SpectralNorms norms;

  /**
   * What a stage has made of its weights.
   *
   * @param flat what learned, in the order of the layout: mostly averaged weights
   * @param spectral the state's estimates of singular vectors
   * @param source the weights that the stage began with, by their standard names
   */
  public StageWeights(
      StageLayout layout, float[] flat, float[] spectral, Function<String, float[]> source) {
    this.layout = layout;
    this.flat = flat;
    this.spectral = spectral;
    this.source = source;
    this.norms = new SpectralNorms(layout);
  }

  /** Standard names of what was changed, and all weights of blocks that learned. */
  public Set<String> names() {
    var names = new LinkedHashSet<String>();
    for (var name : layout.read().keySet()) {
      var block = StageLayout.blockOf(name);
      if (layout.place(name) >= 0
          || block >= 0 && layout.stage().trained().contains(block)
          || adapted(name)) {
        names.add(name);
      }
    }
    return names;
  }

  private boolean adapted(String name) {
    return name.endsWith("_proj.weight") && layout.place(part(name, 'A')) >= 0;
  }

  private static String part(String name, char part) {
    return name.replace("_proj.weight", "_proj.lora_" + part + ".weight");
  }

  /** A weight of the plain network, row by row: changed, or as the stage began with it. */
  public float[] weight(String name) {
    if (adapted(name)) {
      return merged(name);
    }
    var place = layout.place(name);
    if (place < 0) {
      return source.apply(name);
    }
    var block = StageLayout.blockOf(name);
    var shape = layout.read().get(name);
    var values =
        Arrays.copyOfRange(
            flat, (int) place, Math.toIntExact(place + TensorView.elementsOf(shape)));
    var writes = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
    var gain = block >= 0 && writes ? layout.stage().mechanics().residualGain() : 1;
    var factor = gain / norms.sigma(name, flat, spectral);
    if (factor != 1) {
      for (var i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] * factor);
      }
    }
    return values;
  }

  /** W + scale · B·A. */
  private float[] merged(String name) {
    var mechanics = layout.stage().mechanics();
    var values = source.apply(name).clone();
    if (mechanics.frozen() != FrozenStorage.COMPUTE) {
      values = QuantizedMatrix.of(values, mechanics.frozen()).dequantize();
    }
    var rank = mechanics.adapterRank();
    var columns = Math.toIntExact(layout.read().get(name)[1]);
    var a = Math.toIntExact(layout.place(part(name, 'A')));
    var b = Math.toIntExact(layout.place(part(name, 'B')));
    for (var row = 0; row < values.length / columns; row++) {
      for (var column = 0; column < columns; column++) {
        var sum = 0.0;
        for (var r = 0; r < rank; r++) {
          sum += (double) flat[b + row * rank + r] * flat[a + r * columns + column];
        }
        var at = row * columns + column;
        values[at] = (float) (values[at] + mechanics.adapterScale() * sum);
      }
    }
    return values;
  }
}
