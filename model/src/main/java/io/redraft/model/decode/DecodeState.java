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
 * done when everything before the end is committed. Otherwise nothing is re-opened, unless the
 * options say so.
 *
 * <p>Steps that are known to reveal nothing ({@link RevealPolicy.Ancestral}) are taken without a
 * forward pass: its result would be thrown away, and the next step has the same canvas (MDLM's
 * cache, Sahoo et al. 2024). Noise is a function of the step, so the text is the same either way.
 *
 * @param plan what is carried out
 * @param canvas the canvas now
 * @param block index of the active block; the number of blocks once done
 * @param blockStep steps taken in the active block
 * @param steps steps taken in all
 * @param forwards forward passes taken
 * @param standing for how long proposals at masked positions have been the same
 */
public record DecodeState(
    DecodePlan plan,
    int[] canvas,
    int block,
    int blockStep,
    int steps,
    int forwards,
    Standing standing)
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
    boolean patience = plan.options().patience().isPresent();
    var standing = patience ? Standing.start(plan.length()) : Standing.NONE;
    return new DecodeState(plan, plan.canvas(), 0, 0, 0, 0, standing);
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  @Override
  public boolean done() {
    return block >= plan.blocks();
  }

  /**
   * The forward pass that the next step needs; its rows are the masked positions of the active
   * block. With {@link DecodeOptions#remask} its committed positions come along, to be scored anew,
   * unless the step is the block's last.
   *
   * @throws IllegalStateException once done
   */
  public DenoiseTask next() {
    var active = active();
    return new DenoiseTask(
        canvas.clone(),
        active.rows(),
        active.fallback() ? Sampling.GREEDY : plan.options().sampling(),
        plan.seed(),
        active.step(),
        plan.endToken(),
        plan.endsFrom(),
        unconditional());
  }

  /** The canvas without its fixed text, where this step is guided. */
  private Optional<DenoiseTask.Unconditional> unconditional() {
    if (!plan.options().guidance().on()) {
      return Optional.empty();
    }
    int writable = plan.length() - plan.pinned();
    long masked = Arrays.stream(canvas).filter(token -> token == plan.maskToken()).count();
    double weight = plan.options().guidance().weightAt((double) masked / writable);
    return weight > 0
        ? Optional.of(new DenoiseTask.Unconditional(plan.unconditional(canvas), weight))
        : Optional.empty();
  }

  /**
   * Takes one step with the candidates of the pass that {@link #next} asked for.
   *
   * @throws IllegalArgumentException if there are candidates that it did not ask for
   * @throws IllegalStateException once done, or if the fallback pass abstains too
   */
  public Step<DecodeState> advance(Candidates candidates) {
    var active = active();
    var proposed = active.proposed(candidates);
    var stood = standing.with(proposed);
    var committed = active.committed(proposed, stood);
    int[] written = canvas.clone();
    for (int i = 0; i < committed.size(); i++) {
      written[committed.positions()[i]] = committed.tokens()[i];
    }
    int[] reopened = active.reopened(candidates, written, committed.size());
    for (int position : reopened) {
      written[position] = plan.maskToken();
    }
    var here =
        new DecodeState(
            plan, written, block, active.blockStep() + 1, active.step() + 1, forwards + 1, stood);
    int[] left = here.view().masked();
    here = here.with(stood.only(left));
    int[] drafted =
        IntStream.range(0, proposed.size())
            .filter(i -> Arrays.binarySearch(left, proposed.positions()[i]) >= 0)
            .toArray();
    var state = left.length > 0 ? here : here.afterBlock();
    return new Step<>(state, proposed.only(drafted), committed, reopened);
  }

  @Override
  public Optional<FinishReason> finishReason() {
    if (!done()) {
      return Optional.empty();
    }
    return Optional.of(ended() ? FinishReason.END_OF_TEXT : FinishReason.LENGTH);
  }

  @Override
  public int[] tokens() {
    return Arrays.copyOf(canvas, plan.endOf(canvas));
  }

  private ActiveBlock active() {
    if (done()) {
      throw new IllegalStateException("the canvas is done");
    }
    return view().afterIdle();
  }

  private ActiveBlock view() {
    return new ActiveBlock(plan, canvas, block, blockStep, steps);
  }

  private DecodeState afterBlock() {
    return new DecodeState(
        plan, canvas, ended() ? plan.blocks() : block + 1, 0, steps, forwards, standing);
  }

  private DecodeState with(Standing standing) {
    return new DecodeState(plan, canvas, block, blockStep, steps, forwards, standing);
  }

  private boolean ended() {
    return plan.endOf(canvas) < canvas.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecodeState state
        && plan.equals(state.plan)
        && Arrays.equals(canvas, state.canvas)
        && block == state.block
        && blockStep == state.blockStep
        && steps == state.steps
        && forwards == state.forwards
        && standing.equals(state.standing);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + steps;
  }

  @Override
  public String toString() {
    return "DecodeState[plan=%s, canvas=%s, block=%d, blockStep=%d, steps=%d, forwards=%d]"
        .formatted(plan, Arrays.toString(canvas), block, blockStep, steps, forwards);
  }
}
