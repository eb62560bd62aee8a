package io.redraft.model.train.stage;

import io.redraft.model.InvalidInputException;
import io.redraft.model.train.Initialization;
import io.redraft.model.train.OptimizerState;
import java.util.function.Function;

/**
 * Everything that a step of a stage changes, on the host.
 *
 * @param optimizer what learns, its moments and its average, in the order of a {@link StageLayout};
 *     moments without elements are zero, an average without elements is the weights
 * @param spectral estimates of singular vectors of the matrices that are divided by their spectral
 *     norm; empty where none is
 */
public record StageState(OptimizerState optimizer, float[] spectral) {
  /**
   * The state before a stage's first step. Adapters begin with A normal (deviation 1/√columns) and
   * B zero (Hu et al. 2021), so that at first they change nothing.
   *
   * @param weights the network's weights by their standard names, row by row
   * @param seed of adapters and of the first estimates of singular vectors
   * @throws InvalidInputException if more learns than an array holds, or a weight has another size
   */
  public static StageState first(StageLayout layout, Function<String, float[]> weights, long seed) {
    var flat = new float[layout.length()];
    for (var weight : layout.learned()) {
      var size = Math.toIntExact(weight.size());
      float[] values;
      if (weight.name().endsWith(".lora_A.weight")) {
        var deviation = 1 / Math.sqrt(weight.shape().get(1));
        values = Initialization.normal(seed, weight.name(), size, deviation);
      } else if (weight.name().endsWith(".lora_B.weight")) {
        values = new float[size];
      } else {
        values = weights.apply(weight.name());
      }
      if (values.length != size) {
        throw InvalidInputException.of(
            weight.name(), values.length + " values", size + ", the shape " + weight.shape());
      }
      System.arraycopy(values, 0, flat, (int) weight.offset(), size);
    }
    return new StageState(
        new OptimizerState(flat, new float[0], new float[0], new float[0], 0),
        new SpectralNorms(layout).first(flat, seed));
  }

  /** Numbers of {@link #spectral} in a stage. */
  public static int vectors(StageLayout layout) {
    return new SpectralNorms(layout).length();
  }
}
