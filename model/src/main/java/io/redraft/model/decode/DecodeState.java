package io.redraft.model.decode;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The denoising of one canvas as an immutable state machine.
 *
 * <pre>
 *   start(plan) ──► state ──next()──► DenoiseTask ──(forward pass)──► Candidates
 *                     ▲                                                  │
 *                     └───────────── advance(candidates).state() ◄───────┘     until done()
 * </pre>
 *
 * Blocks are written from left to right. A block has a budget of steps; each step commits what the
 * policy chooses, the last one commits every candidate. A candidate that is the mask, or a row that
 * gets none, is an abstention: a position that still is masked when the budget is spent is given a
 * fallback pass, which takes the most probable token everywhere. So a block of m masks and budget n
 * takes at most n + 1 passes.
 *
 * <p>An end of text with no pinned text to its right ends the text there: positions after it are
 * not computed any more, and those already committed are re-opened in the same step. The canvas is
 * done when everything before the end is committed.
 *
 * @param plan what is carried out
 * @param canvas the canvas now
 * @param block index of the active block; the number of blocks once done
 * @param blockStep steps taken in the active block
 * @param steps steps taken in all
 */
public record DecodeState(DecodePlan plan, int[] canvas, int block, int blockStep, int steps)
    implements Progress {

  public DecodeState {
    canvas = canvas.clone();
    if (canvas.length != plan.length()) {
      throw new IllegalArgumentException(
          "a canvas of " + canvas.length + " for a plan of " + plan.length());
    }
  }

  /** The state before the first step. */
  public static DecodeState start(DecodePlan plan) {
    return new DecodeState(plan, plan.canvas(), 0, 0, 0);
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  @Override
  public int forwards() {
    return steps;
  }

  @Override
  public boolean done() {
    return block >= plan.blocks();
  }

  /**
   * The forward pass that the next step needs; its rows are the masked positions of the active
   * block.
   *
   * @throws IllegalStateException once done
   */
  public DenoiseTask next() {
    requireOpen();
    var sampling = fallback() ? Sampling.GREEDY : plan.options().sampling();
    return new DenoiseTask(
        canvas.clone(), rows(), sampling, plan.seed(), steps, plan.endToken(), plan.endsFrom());
  }

  /**
   * Takes one step with the candidates of the pass that {@link #next} asked for.
   *
   * @throws IllegalStateException once done, or if the fallback pass abstains too
   */
  public Step<DecodeState> advance(Candidates candidates) {
    requireOpen();
    var usable = usable(candidates);
    var chosen = usable.only(upToEnd(usable, choose(usable)));
    int[] written = canvas.clone();
    for (int i = 0; i < chosen.size(); i++) {
      written[chosen.positions()[i]] = chosen.tokens()[i];
    }
    int[] reopened = committedAfterEnd(written);
    for (int position : reopened) {
      written[position] = plan.maskToken();
    }
    var here = new DecodeState(plan, written, block, blockStep + 1, steps + 1);
    int[] left = here.rows();
    var draft =
        usable.only(
            IntStream.range(0, usable.size())
                .filter(i -> Arrays.binarySearch(left, usable.positions()[i]) >= 0)
                .toArray());
    var state = left.length > 0 ? here : here.afterBlock();
    return new Step<>(state, draft, chosen, reopened);
  }

  @Override
  public Optional<FinishReason> finishReason() {
    if (!done()) {
      return Optional.empty();
    }
    return Optional.of(
        end(canvas) < canvas.length ? FinishReason.END_OF_TEXT : FinishReason.LENGTH);
  }

  @Override
  public int[] tokens() {
    return Arrays.copyOf(canvas, end(canvas));
  }

  /** Masked positions of the active block that are not beyond the end of text. */
  private int[] rows() {
    int end = end(canvas);
    return Arrays.stream(plan.block(block))
        .filter(p -> p < end && canvas[p] == plan.maskToken())
        .toArray();
  }

  private DecodeState afterBlock() {
    boolean ended = end(canvas) < canvas.length;
    return new DecodeState(plan, canvas, ended ? plan.blocks() : block + 1, 0, steps);
  }

  /** Position of the first end of text, or the canvas's length. */
  private int end(int[] canvas) {
    for (int p = plan.endsFrom(); p < canvas.length && plan.endToken() >= 0; p++) {
      if (canvas[p] == plan.endToken()) {
        return p;
      }
    }
    return canvas.length;
  }

  private int budget() {
    return plan.options().budget(plan.block(block).length);
  }

  private boolean fallback() {
    return blockStep >= budget();
  }

  /** The candidates without abstentions; all rows must have one in the fallback pass. */
  private Candidates usable(Candidates candidates) {
    int[] rows = rows();
    int before = -1;
    for (int position : candidates.positions()) {
      if (position <= before || Arrays.binarySearch(rows, position) < 0) {
        throw new IllegalArgumentException(
            "a candidate at " + position + ", which is out of order or no row of the task");
      }
      before = position;
    }
    int[] tokens = candidates.tokens();
    var usable =
        candidates.only(
            IntStream.range(0, tokens.length)
                .filter(i -> tokens[i] >= 0 && tokens[i] != plan.maskToken())
                .toArray());
    if (fallback() && usable.size() < rows.length) {
      throw new IllegalStateException(
          "the denoiser proposes no token at %d of %d masked positions"
              .formatted(rows.length - usable.size(), rows.length));
    }
    return usable;
  }

  /** Indices of the candidates that this step commits. */
  private int[] choose(Candidates usable) {
    int budget = budget();
    if (blockStep >= budget - 1 || usable.size() == 0) {
      return IntStream.range(0, usable.size()).toArray();
    }
    var options = plan.options();
    int masks = plan.block(block).length;
    int before = options.pace().remaining(masks, budget, blockStep);
    int after = options.pace().remaining(masks, budget, blockStep + 1);
    // What the grid asks of this step, and what abstentions left behind.
    int quota = Math.max(before - after, rows().length - after);
    return options.policy().choose(usable, quota, plan.seed(), steps);
  }

  /** The choice without what lies beyond the first end of text in it. */
  private int[] upToEnd(Candidates usable, int[] chosen) {
    int from = plan.endsFrom();
    for (int i = 0; i < chosen.length; i++) {
      if (usable.tokens()[chosen[i]] == plan.endToken() && usable.positions()[chosen[i]] >= from) {
        return Arrays.copyOf(chosen, i + 1);
      }
    }
    return chosen;
  }

  private int[] committedAfterEnd(int[] canvas) {
    return IntStream.range(Math.min(end(canvas) + 1, canvas.length), canvas.length)
        .filter(p -> canvas[p] != plan.maskToken())
        .toArray();
  }

  private void requireOpen() {
    if (done()) {
      throw new IllegalStateException("the canvas is done");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecodeState state
        && plan.equals(state.plan)
        && Arrays.equals(canvas, state.canvas)
        && block == state.block
        && blockStep == state.blockStep
        && steps == state.steps;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + steps;
  }

  @Override
  public String toString() {
    return "DecodeState[plan=%s, canvas=%s, block=%d, blockStep=%d, steps=%d]"
        .formatted(plan, Arrays.toString(canvas), block, blockStep, steps);
  }
}
