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
 * @param bands the mask ratios that each depth step has been told in training, one range a step
 *     with its ratio among them; empty for a network that is told nothing
 */
public record DepthTime(List<Double> ratios, DepthExecution execution, List<Band> bands) {
  /**
   * A range of mask ratios.
   *
   * @param lowest 0 or more
   * @param highest at most 1
   */
  public record Band(double lowest, double highest) {
    public Band {
      if (!(lowest >= 0 && lowest <= highest && highest <= 1)) {
        throw InvalidInputException.of(
            "depth_bands", List.of(lowest, highest), "mask ratios from 0 to 1, ascending");
      }
    }

    /** The ratio of the range that is nearest to another. */
    public double nearest(double ratio) {
      return Math.max(lowest, Math.min(highest, ratio));
    }
  }

  /** An ordinary network. */
  public static final DepthTime NONE = new DepthTime(List.of(), DepthExecution.SUFFIX);

  /** Steps that are told nothing. */
  public DepthTime(List<Double> ratios, DepthExecution execution) {
    this(ratios, execution, List.of());
  }

  public DepthTime {
    ratios = List.copyOf(ratios);
    bands = List.copyOf(bands);
    double before = Double.POSITIVE_INFINITY;
    for (double ratio : ratios) {
      if (!(ratio > 0 && ratio <= 1 && ratio < before)) {
        throw InvalidInputException.of(
            "depth_ratios", ratios, "mask ratios of more than 0, at most 1, each below the last");
      }
      before = ratio;
    }
    checkBands(ratios, bands);
  }

  private static void checkBands(List<Double> ratios, List<Band> bands) {
    if (!bands.isEmpty() && bands.size() != ratios.size()) {
      throw InvalidInputException.of(
          "depth_bands", bands.size() + " ranges", ratios.size() + ", one for every depth ratio");
    }
    for (int step = 0; step < bands.size(); step++) {
      var band = bands.get(step);
      if (band.nearest(ratios.get(step)) != ratios.get(step)) {
        throw InvalidInputException.of(
            "depth_bands",
            List.of(band.lowest(), band.highest()),
            "a range around the depth step's ratio, " + ratios.get(step));
      }
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

  /**
   * What a depth step is told of a canvas with a share of masks: that share, or the nearest that it
   * was told in training.
   */
  public double told(int step, double masks) {
    return bands.isEmpty() ? masks : bands.get(step).nearest(masks);
  }

  /** The same steps, told nothing. */
  public DepthTime untold() {
    return new DepthTime(ratios, execution);
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
    if (!time.none() && bands.isEmpty()) {
      throw InvalidInputException.of(
          "time_conditioning",
          Choice.key(time.kind()),
          "none, where depth_ratios say the time and no depth_bands what each step is told");
    }
    if (time.none() && !bands.isEmpty()) {
      throw InvalidInputException.of(
          "depth_bands", bands.size() + " ranges", "none, where time_conditioning is none");
    }
  }
}
