package io.redraft.model.nn;

import io.redraft.model.Choice;
import io.redraft.model.InvalidInputException;
import java.util.List;

/**
 * Time as depth: blocks stand for mask ratios, from the left, where all is masked, to the right.
 * There are S depth steps of L / S neighbouring blocks each.
 *
 * @param ratios the mask ratio that each depth step has learned to read, from left to right,
 *     strictly falling, in (0, 1]; empty for an ordinary network, whose every pass runs all blocks
 * @param execution how a text is denoised where nobody says otherwise
 */
public record DepthTime(List<Double> ratios, DepthExecution execution) {
  /** An ordinary network. */
  public static final DepthTime NONE = new DepthTime(List.of(), DepthExecution.SUFFIX);

  public DepthTime {
    ratios = List.copyOf(ratios);
    double before = Double.POSITIVE_INFINITY;
    for (double ratio : ratios) {
      if (!(ratio > 0 && ratio <= 1 && ratio < before)) {
        throw InvalidInputException.of(
            "depth_ratios", ratios, "mask ratios of more than 0, at most 1, each below the last");
      }
      before = ratio;
    }
  }

  /** Whether the network is an ordinary one. */
  public boolean none() {
    return ratios.isEmpty();
  }

  /**
   * The depth step that reads canvases with a share of masks: the last whose ratio is not below it.
   */
  public int step(double masks) {
    int step = 0;
    while (step + 1 < ratios.size() && ratios.get(step + 1) >= masks) {
      step++;
    }
    return step;
  }

  /** Refuses what a network of another shape has. */
  void check(int layers, AttentionMode attention, TimeConditioning time, List<Integer> blocks) {
    if (none()) {
      return;
    }
    if (layers % ratios.size() != 0) {
      throw InvalidInputException.of(
          "depth_ratios",
          ratios,
          "as many as divide num_hidden_layers ("
              + layers
              + "), one for every block or run of them");
    }
    if (attention != AttentionMode.BIDIRECTIONAL || !blocks.isEmpty()) {
      throw InvalidInputException.of(
          "depth_ratios", ratios, "none, but for bidirectional attention");
    }
    if (!time.none()) {
      throw InvalidInputException.of(
          "time_conditioning", Choice.key(time.kind()), "none, where depth_ratios say the time");
    }
  }
}
