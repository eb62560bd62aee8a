package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import io.redraft.model.nn.DepthExecution;
import io.redraft.model.nn.NetworkConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Which blocks a depth-as-time network runs at each denoising step, and how many masks the step
 * leaves. Its S depth steps are taken in order, n / S denoising steps each; after those of depth
 * step k the canvas's share of masks is the ratio of depth step k + 1, and none after the last.
 * Between them the share falls evenly. Fixed text counts as unmasked: a canvas that begins with
 * fewer masks goes past the steps that would leave as many.
 *
 * @param execution which blocks a step runs
 * @param ratios mask ratios of the depth steps, falling
 * @param each blocks of a depth step
 * @param steps denoising steps in all, n, at least S
 */
public record DepthSteps(DepthExecution execution, List<Double> ratios, int each, int steps) {
  public DepthSteps {
    ratios = List.copyOf(ratios);
    if (steps < ratios.size()) {
      throw InvalidInputException.of(
          "steps", steps, ratios.size() + " or more, the depth steps of this model (depth_ratios)");
    }
  }

  /** The steps that options ask of a network; none for an ordinary one. */
  static Optional<DepthSteps> of(NetworkConfig network, DecodeOptions options) {
    var depth = network.depth();
    if (depth.none()) {
      return Optional.empty();
    }
    int count = depth.ratios().size();
    return Optional.of(
        new DepthSteps(
            options.execution().orElse(depth.execution()),
            depth.ratios(),
            network.layers() / count,
            options.steps().orElse(count)));
  }

  /** The depth step of a denoising step, both counted from 0; of one beyond the last, the last. */
  int depth(int step) {
    return (int) ((long) Math.min(step, steps - 1) * ratios.size() / steps);
  }

  /** The canvas's share of masks that is meant to be left after so many denoising steps. */
  double share(int done) {
    if (done == 0 || done >= steps) {
      return done == 0 ? 1 : 0;
    }
    int k = depth(done - 1);
    int first = firstOf(k);
    int behind = firstOf(k + 1);
    double from = k == 0 ? 1 : ratios.get(k);
    double to = k + 1 < ratios.size() ? ratios.get(k + 1) : 0;
    return done == behind ? to : from + (to - from) * (done - first) / (behind - first);
  }

  /** The first denoising step of a depth step: the smallest that {@link #depth} takes there. */
  private int firstOf(int k) {
    int count = ratios.size();
    return (int) (((long) k * steps + count - 1) / count);
  }

  /** Masks left after so many denoising steps, of so many at first on a canvas of a length. */
  int left(int masks, int length, int done) {
    // Products such as 0.29 * 100 lie a little below what they mean.
    return Math.min(masks, (int) Math.floor(share(done) * length + 1e-9));
  }

  /** Where a token that a denoising step commits enters the stream of the passes behind it. */
  int entry(int step) {
    int k = depth(step);
    return k == depth(step + 1) ? k : k + 1;
  }

  /** What a denoising step's pass computes; {@code entries} is used where it is carried. */
  DepthPass pass(int step, int[] entries) {
    int k = depth(step);
    int end = (k + 1) * each;
    return switch (execution) {
      case SUFFIX ->
          new DepthPass(new DepthRange(k * each, ratios.size() * each, false), each, new int[0]);
      case BAND -> new DepthPass(new DepthRange(k * each, end, false), each, new int[0]);
      case LOCAL -> new DepthPass(new DepthRange(0, end, true), each, entries.clone());
      case PREFIX -> new DepthPass(new DepthRange(0, end, false), each, k, new int[0]);
    };
  }

  /** Where tokens entered before the first step: none is carried, or all from the first block. */
  int[] noEntries(int length) {
    return execution == DepthExecution.LOCAL ? new int[length] : new int[0];
  }

  /** Where tokens have entered after a step that wrote some and masked others. */
  int[] entries(int[] before, int step, Candidates committed, int[] reopened) {
    if (before.length == 0) {
      return before;
    }
    int[] after = before.clone();
    Arrays.stream(committed.positions()).forEach(p -> after[p] = entry(step));
    Arrays.stream(reopened).forEach(p -> after[p] = 0);
    return after;
  }
}
