package io.redraft.model.train;

import io.redraft.model.nn.NetworkConfig;
import io.redraft.model.noise.CounterHash;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * First weights of a network: normal with a deviation of 0.02, divided by √(2·layers) where a block
 * writes into the residual stream (Radford et al. 2019), gains of 1. What tells a network its mask
 * ratio is zero where it enters the network, so that at first it says nothing, and keeps the size
 * of its input before that. A pure function of the seed and the weight's name and place, the same
 * on every device.
 */
public final class Initialization {
  private static final double DEVIATION = 0.02;

  /** Numbers that one core draws in a row. */
  private static final int CHUNK = 1 << 16;

  private Initialization() {}

  /** All weights of a layout. */
  public static float[] of(ParameterLayout layout, long seed) {
    var weights = new float[layout.size()];
    for (var parameter : layout.parameters()) {
      var values = of(layout.network(), parameter.name(), parameter.dimensions(), seed);
      System.arraycopy(values, 0, weights, parameter.offset(), values.length);
    }
    return weights;
  }

  /** A weight of a network by its standard name, as it is at first in every run of a seed. */
  public static float[] of(NetworkConfig network, String name, long[] shape, long seed) {
    if (shape.length == 1) {
      var gain = new float[Math.toIntExact(shape[0])];
      Arrays.fill(gain, 1);
      return gain;
    }
    var size = Math.toIntExact(Math.multiplyExact(shape[0], shape[1]));
    return normal(seed, name, size, deviation(network, name, shape[1]));
  }

  /** Normally distributed numbers of a name's own. */
  public static float[] normal(long seed, String name, int size, double deviation) {
    var values = new float[size];
    var stream = CounterHash.derive(seed, name);
    // Every number is a function of its place: whichever core draws it, it is the same.
    IntStream.range(0, (int) (((long) size + CHUNK - 1) / CHUNK))
        .parallel()
        .forEach(
            chunk -> {
              var to = (int) Math.min(size, (chunk + 1L) * CHUNK);
              for (var i = chunk * CHUNK; i < to; i++) {
                values[i] = (float) (deviation * normal(stream, i));
              }
            });
    return values;
  }

  private static double deviation(NetworkConfig network, String name, long columns) {
    if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
      return DEVIATION / Math.sqrt(2.0 * network.layers());
    }
    if (name.contains("time_embed.fc")) {
      return 1 / Math.sqrt(columns);
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
