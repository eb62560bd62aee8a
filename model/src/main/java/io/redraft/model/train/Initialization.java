package io.redraft.model.train;

import io.redraft.model.noise.CounterHash;
import java.util.Arrays;

/**
 * First weights of a network: normal with a deviation of 0.02, divided by √(2·layers) where a block
 * writes into the residual stream (Radford et al. 2019), gains of 1. What tells a network its mask
 * ratio is zero where it enters the network, so that at first it says nothing, and keeps the size
 * of its input before that. A pure function of the seed and the weight's name and place, the same
 * on every device.
 */
public final class Initialization {
  private static final double DEVIATION = 0.02;

  private Initialization() {}

  /** All weights of a layout. */
  public static float[] of(ParameterLayout layout, long seed) {
    var weights = new float[layout.size()];
    var residual = DEVIATION / Math.sqrt(2.0 * layout.network().layers());
    for (var parameter : layout.parameters()) {
      var from = parameter.offset();
      var to = from + parameter.size();
      if (parameter.shape().size() == 1) {
        Arrays.fill(weights, from, to, 1);
        continue;
      }
      var deviation = deviation(parameter, residual);
      var stream = CounterHash.derive(seed, parameter.name());
      for (var i = from; i < to; i++) {
        weights[i] = (float) (deviation * normal(stream, i - from));
      }
    }
    return weights;
  }

  private static double deviation(ParameterLayout.Parameter parameter, double residual) {
    var name = parameter.name();
    if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
      return residual;
    }
    if (name.contains("time_embed.fc")) {
      return 1 / Math.sqrt(parameter.shape().get(1));
    }
    return name.contains("time_embed.") || name.endsWith("adaln.weight") ? 0 : DEVIATION;
  }

  /** Box and Muller's transform of two uniform numbers. */
  private static double normal(long stream, long i) {
    var radius = 1 - CounterHash.unit(CounterHash.bits(stream, 2 * i)); // in (0, 1]
    var angle = CounterHash.unit(CounterHash.bits(stream, 2 * i + 1));
    return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  }
}
