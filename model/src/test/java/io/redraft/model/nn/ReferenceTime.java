package io.redraft.model.nn;

import java.util.Arrays;
import java.util.function.Function;

/** Time conditioning in float64 and plain loops, from its formulas; tests compare with it. */
public final class ReferenceTime {
  private final NetworkConfig config;
  private final Function<String, double[]> weights;

  /** Conditioning of a network whose weights are known by name. */
  public ReferenceTime(NetworkConfig config, Function<String, double[]> weights) {
    this.config = config;
    this.weights = weights;
  }

  /** What is added to every embedding at a mask ratio. */
  public double[] added(double ratio) {
    int width = config.width();
    return switch (config.time().kind()) {
      case NONE, ADALN -> new double[width];
      case SINUSOIDAL ->
          Arrays.stream(times("model.time_embed.proj.weight", features(ratio)))
              .map(x -> x / 128)
              .toArray();
      case TABLE -> {
        var table = weights.apply("model.time_embed.table.weight");
        double place = ratio * (config.time().buckets() - 1);
        int low = Math.min(config.time().buckets() - 2, (int) place);
        var row = new double[width];
        for (int i = 0; i < width; i++) {
          double a = table[low * width + i];
          double b = table[(low + 1) * width + i];
          row[i] = (low + 1 - place) * a + (place - low) * b;
        }
        yield row;
      }
    };
  }

  /** Shift, scale and gate of attention and of the feed-forward layer: six lines of the width. */
  public double[][] block(double ratio, int layer) {
    return lines(ratio, "model.layers." + layer + ".adaln.weight", 6);
  }

  /** Shift and scale of the final norm. */
  public double[][] last(double ratio) {
    return lines(ratio, "model.adaln.weight", 2);
  }

  private double[][] lines(double ratio, String name, int count) {
    int width = config.width();
    var lines = new double[count][width];
    if (config.time().kind() == TimeConditioning.Kind.ADALN) {
      var hidden = silu(times("model.time_embed.fc1.weight", features(ratio)));
      var all = times(name, silu(times("model.time_embed.fc2.weight", hidden)));
      for (int i = 0; i < count; i++) {
        lines[i] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
      }
    }
    return lines;
  }

  private static double[] features(double ratio) {
    var features = new double[256];
    for (int i = 0; i < 128; i++) {
      double angle = 1000 * ratio * Math.pow(10000, -i / 128.0);
      features[i] = Math.cos(angle);
      features[i + 128] = Math.sin(angle);
    }
    return features;
  }

  private static double[] silu(double[] x) {
    return Arrays.stream(x).map(v -> v / (1 + Math.exp(-v))).toArray();
  }

  private double[] times(String name, double[] x) {
    var matrix = weights.apply(name);
    var out = new double[matrix.length / x.length];
    for (int row = 0; row < out.length; row++) {
      for (int i = 0; i < x.length; i++) {
        out[row] += matrix[row * x.length + i] * x[i];
      }
    }
    return out;
  }
}
