package io.redraft.load.kernels;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A network and canvases to measure.
 *
 * @param name as it is printed
 * @param config shape of the network
 * @param batch canvases B in a pass
 * @param length tokens T a canvas, all of them masked
 */
record MeasuredShape(String name, NetworkConfig config, int batch, int length) {
  /** 6 blocks of width 384: the shape of the shipped model. */
  private static final NetworkConfig SMALL = config(4096, 384, 6, 6, 1024);

  /** 17 million weights. */
  private static final NetworkConfig MEDIUM = config(8192, 384, 8, 6, 1024);

  /** All shapes that are measured unless others are named. */
  static final List<MeasuredShape> ALL =
      List.of(
          new MeasuredShape("11M 1x256", SMALL, 1, 256),
          new MeasuredShape("11M 1x32", SMALL, 1, 32),
          new MeasuredShape("11M 8x64", SMALL, 8, 64),
          new MeasuredShape("17M 1x256", MEDIUM, 1, 256));

  /** The shapes of these names. */
  static List<MeasuredShape> named(List<String> names) {
    return names.stream().map(MeasuredShape::named).toList();
  }

  private static MeasuredShape named(String name) {
    return ALL.stream()
        .filter(shape -> shape.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                InvalidInputException.of(
                    "--shape",
                    name,
                    ALL.stream().map(MeasuredShape::name).collect(Collectors.joining(", "))));
  }

  private static NetworkConfig config(
      int vocabulary, int width, int layers, int heads, int feedForward) {
    return new NetworkConfig(
        vocabulary,
        width,
        layers,
        heads,
        heads,
        width / heads,
        feedForward,
        256,
        1e-5,
        10000,
        true,
        AttentionMode.BIDIRECTIONAL,
        0,
        -1,
        1);
  }

  /** The canvases of a pass. */
  List<int[]> canvases() {
    int[] canvas = new int[length];
    for (int i = 0; i < length; i++) {
      canvas[i] = config.maskToken();
    }
    var canvases = new int[batch][];
    Arrays.fill(canvases, canvas);
    return List.of(canvases);
  }

  /** Floating-point operations of a pass over every row, in 10⁹. */
  double gigaflops() {
    double tokens = (double) batch * length;
    double matrices = config.parameters(); // the embedding is a table here and the head a product
    double attention = 2.0 * config.layers() * length * config.width();
    return 2 * tokens * (matrices + attention) / 1e9;
  }
}
