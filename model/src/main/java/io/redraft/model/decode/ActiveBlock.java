package io.redraft.model.decode;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * One step of the block that is being written: what it asks for, what it commits and what it
 * re-opens. A view on a {@link DecodeState}; it writes nothing, and moves only over steps that do
 * nothing.
 */
final class ActiveBlock {
  private final DecodePlan plan;
  private final int[] canvas;
  private final int[] positions;
  private final int budget;
  private final int[] beforeEnd;
  private final int[] masked;
  private int blockStep;
  private int step;

  /** A view on a state that is not done. */
  ActiveBlock(DecodePlan plan, int[] canvas, int block, int blockStep, int step) {
    this.plan = plan;
    this.canvas = canvas;
    this.positions = plan.block(block);
    this.blockStep = blockStep;
    this.step = step;
    this.budget = plan.budget(positions.length);
    int end = plan.endOf(canvas);
    this.beforeEnd = where(positions, p -> p < end);
    this.masked = where(beforeEnd, p -> canvas[p] == plan.maskToken());
  }

  /** The same block at the first step from here on that may reveal something. */
  ActiveBlock afterIdle() {
    while (idle()) {
      blockStep++;
      step++;
    }
    return this;
  }

  /** Whether it is known before the forward pass that this step reveals nothing. */
  private boolean idle() {
    if (plan.depth().isPresent()) {
      return !last() && quota() < 1;
    }
    if (last() || !(plan.options().policy() instanceof RevealPolicy.Ancestral ancestral)) {
      return false;
    }
    var pace = pace();
    return Arrays.stream(masked).noneMatch(p -> ancestral.reveals(p, pace, plan.seed(), step));
  }

  /** Steps taken in the block before this one. */
  int blockStep() {
    return blockStep;
  }

  /** The request's step, counted from 0. */
  int step() {
    return step;
  }

  /** Masked positions before the end of text, ascending. */
  int[] masked() {
    return masked.clone();
  }

  /** Positions whose candidates the step needs, ascending. */
  int[] rows() {
    int[] open = open();
    if (plan.options().remask().isEmpty() || last()) {
      return open;
    }
    return where(
        beforeEnd, p -> canvas[p] != plan.maskToken() || Arrays.binarySearch(open, p) >= 0);
  }

  /** Masks that the step may commit, ascending: those in the window, or all in the last step. */
  int[] open() {
    int window = plan.options().window();
    return window == 0 || last()
        ? masked.clone()
        : Arrays.copyOf(masked, Math.min(masked.length, Math.max(window, quota())));
  }

  /** Whether the budget is spent, so that this pass fills what abstentions left. */
  boolean fallback() {
    return blockStep >= budget;
  }

  /**
   * Candidates for masked positions, without abstentions.
   *
   * @throws IllegalStateException if the fallback pass abstains
   */
  Candidates proposed(Candidates candidates) {
    check(candidates);
    int[] tokens = candidates.tokens();
    var proposed =
        candidates.only(
            where(
                candidates,
                i ->
                    canvas[candidates.positions()[i]] == plan.maskToken()
                        && tokens[i] >= 0
                        && tokens[i] != plan.maskToken()));
    if (fallback() && proposed.size() < masked.length) {
      throw new IllegalStateException(
          "the denoiser proposes a token at %d of %d masked positions, in the fallback pass too"
              .formatted(proposed.size(), masked.length));
    }
    return proposed;
  }

  /**
   * What the step commits; nothing beyond the first end of text in it.
   *
   * @param stood for how long each proposal has been the same, this step included
   */
  Candidates committed(Candidates proposed, Standing stood) {
    int[] chosen = withPatience(choose(proposed), proposed, stood);
    for (int i = 0; i < chosen.length; i++) {
      if (proposed.tokens()[chosen[i]] == plan.endToken()
          && proposed.positions()[chosen[i]] >= plan.endsFrom()) {
        return proposed.only(Arrays.copyOf(chosen, i + 1));
      }
    }
    return proposed.only(chosen);
  }

  /**
   * Positions to mask again: those committed beyond the end of text, and those before it that have
   * become improbable, fewer than this step commits.
   *
   * @param written the canvas with this step's tokens
   * @param commits how many those are
   */
  int[] reopened(Candidates candidates, int[] written, int commits) {
    int end = plan.endOf(written);
    var beyond = IntStream.range(end + 1, canvas.length).filter(p -> canvas[p] != plan.maskToken());
    if (plan.options().remask().isEmpty() || last()) {
      return beyond.toArray();
    }
    double least = plan.options().remask().getAsDouble();
    var doubtful =
        candidates.only(
            where(
                candidates,
                i ->
                    candidates.positions()[i] < end
                        && canvas[candidates.positions()[i]] != plan.maskToken()
                        && candidates.confidences()[i] < least));
    int[] worst = Ranking.bestFirst(doubtful, i -> -doubtful.confidences()[i]);
    var improbable =
        Arrays.stream(worst).limit(Math.max(0, commits - 1)).map(i -> doubtful.positions()[i]);
    return IntStream.concat(improbable, beyond).sorted().toArray();
  }

  /** Whether this step commits every candidate. */
  private boolean last() {
    return blockStep >= budget - 1;
  }

  private int[] choose(Candidates proposed) {
    if (last() || proposed.size() == 0 || sureOfAll(proposed)) {
      return IntStream.range(0, proposed.size()).toArray();
    }
    return plan.options().policy().choose(proposed, pace(), plan.seed(), step);
  }

  /** The chosen candidates, and those that patience has waited for long enough. */
  private int[] withPatience(int[] chosen, Candidates proposed, Standing stood) {
    var patience = plan.options().patience();
    if (patience.isEmpty()) {
      return chosen;
    }
    var settled =
        Arrays.stream(
            where(proposed, i -> stood.at(proposed.positions()[i]) >= patience.getAsInt()));
    return IntStream.concat(Arrays.stream(chosen), settled).sorted().distinct().toArray();
  }

  private boolean sureOfAll(Candidates proposed) {
    var stop = plan.options().confidenceStop();
    return stop.isPresent()
        && proposed.size() == masked.length
        && where(proposed, i -> proposed.confidences()[i] >= (float) stop.getAsDouble()).length
            == proposed.size();
  }

  private Pace pace() {
    return new Pace(plan.options().pace(), positions.length, budget, blockStep, quota());
  }

  /** What the grid asks of this step, or more where abstentions or re-opened tokens are behind. */
  private int quota() {
    if (plan.depth().isPresent()) {
      return masked.length - (int) plan.left(positions.length, blockStep + 1);
    }
    if (budget > positions.length) {
      return 1; // of a policy that has no use for it
    }
    var grid = plan.options().pace();
    int before = grid.remaining(positions.length, budget, blockStep);
    int after = grid.remaining(positions.length, budget, blockStep + 1);
    return Math.max(before - after, masked.length - after);
  }

  private void check(Candidates candidates) {
    int[] rows = rows();
    int before = -1;
    for (int position : candidates.positions()) {
      if (position <= before || Arrays.binarySearch(rows, position) < 0) {
        throw new IllegalArgumentException(
            "a candidate at " + position + ", which is out of order or no row of the task");
      }
      before = position;
    }
  }

  private static int[] where(Candidates candidates, IntPredicate test) {
    return IntStream.range(0, candidates.size()).filter(test).toArray();
  }

  private static int[] where(int[] positions, IntPredicate test) {
    return Arrays.stream(positions).filter(test).toArray();
  }
}
