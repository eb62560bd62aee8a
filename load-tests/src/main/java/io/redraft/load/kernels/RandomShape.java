package io.redraft.load.kernels;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.AttentionMode;
import io.redraft.model.nn.NetworkConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Shapes that are given by their sizes instead of a name: a network, and canvases in a pass.
 *
 * @param canvases B
 * @param length tokens T of each
 */
record RandomShape(int canvases, int length) {
  /** How a network's sizes are written. */
  static final String NETWORK = "LAYERSxWIDTHxHEADSxFEEDFORWARDxVOCABULARY";

  private static final Pattern SIZES = Pattern.compile("[1-9]\\d{0,7}(x[1-9]\\d{0,7})+");

  /**
   * A denoiser of such sizes, {@code LAYERSxWIDTHxHEADSxFEEDFORWARDxVOCABULARY}: as many key/value
   * heads as heads, a head of its own, the last token the mask.
   */
  static NetworkConfig network(String text, int contextLength) {
    int[] sizes = parse("--shape", text, 5, NETWORK);
    int width = sizes[1];
    int heads = sizes[2];
    if (width % heads != 0 || width / heads % 2 != 0) {
      throw InvalidInputException.of(
          "--shape", text, NETWORK + ", heads a divisor of the width that leaves even heads");
    }
    if (sizes[4] < 2) {
      throw InvalidInputException.of("--shape", text, NETWORK + ", 2 or more tokens");
    }
    return new NetworkConfig(
        sizes[4],
        width,
        sizes[0],
        heads,
        heads,
        width / heads,
        sizes[3],
        contextLength,
        1e-5,
        500000,
        false,
        AttentionMode.BIDIRECTIONAL,
        sizes[4] - 1,
        -1,
        -1);
  }

  /** Canvases such as {@code 4x512}, in the order in which they are written. */
  static List<RandomShape> canvases(List<String> texts) {
    var shapes = new ArrayList<RandomShape>();
    for (String text : texts) {
      int[] sizes = parse("--canvases", text, 2, "CANVASESxTOKENS, such as 4x512");
      shapes.add(new RandomShape(sizes[0], sizes[1]));
    }
    return shapes;
  }

  private static int[] parse(String option, String text, int count, String allowed) {
    if (!SIZES.matcher(text).matches() || text.split("x").length != count) {
      throw InvalidInputException.of(option, text, allowed);
    }
    return Arrays.stream(text.split("x")).mapToInt(Integer::parseInt).toArray();
  }

  @Override
  public String toString() {
    return canvases + "x" + length;
  }
}
