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
 * <p>With a {@link DecodeOptions#cache}, the first forward pass of a block computes the whole
 * canvas and keeps its keys and values; that canvas is part of the state, so that a cache that was
 * lost can be filled again with just what it held ({@link #refresh}). Later ones compute some
 * positions only ({@link CacheMode}) and take the rest as it was. What a block re-opens, by
 * remasking or because of an end of text, is computed anew in every step, so nothing of it is ever
 * taken from the cache; if any other position differs from the canvas that the cache was made of,
 * it is not used, and the next pass refreshes it. With block-causal attention what is kept holds
 * from block to block ({@link PrefixCache}).
 *
 * <p>Steps that are known to reveal nothing ({@link RevealPolicy.Ancestral}) are taken without a
 * forward pass: its result would be thrown away, and the next step has the same canvas (MDLM's
 * cache, Sahoo et al. 2024). Noise is a function of the step, so the text is the same either way.
 * They are taken together with the step behind them, so that an edit that comes before it is met by
 * the state before all of them.
 *
 * @param plan what is carried out
 * @param canvas the canvas now
 * @param block index of the active block; the number of blocks once done
 * @param blockStep steps taken in the active block
 * @param steps steps taken in all
 * @param forwards steps that took a forward pass
 * @param standing for how long proposals at masked positions have been the same
 * @param refreshed the canvas of which the active block's cache was made; empty if it has none.
 *     With block-causal attention the tokens whose keys and values are kept, masks behind them
 * @param entries where the step-local execution of a depth-as-time network writes each position's
 *     token into the stream ({@link DepthPass#entries}); empty otherwise. What stands there when an
 *     edit is made counts as there from the first
 */
public record DecodeState(
    DecodePlan plan,
    int[] canvas,
    int block,
    int blockStep,
    int steps,
    int forwards,
    Standing standing,
    int[] refreshed,
    int[] entries)
    implements Progress {
  /** A state in which every token was there from the first. */
  public DecodeState(
      DecodePlan plan,
      int[] canvas,
      int block,
      int blockStep,
      int steps,
      int forwards,
      Standing standing,
      int[] refreshed) {
    this(
        plan,
        canvas,
        block,
        blockStep,
        steps,
        forwards,
        standing,
        refreshed,
        plan.depth().map(depth -> depth.noEntries(plan.length())).orElse(NO_ENTRIES));
  }

  private static final int[] NO_ENTRIES = {};

  public DecodeState {
    entries = entries.clone();
    canvas = canvas.clone();
    if (canvas.length != plan.length()) {
      throw new IllegalArgumentException(
          "a canvas of " + canvas.length + " for a plan of " + plan.length());
    }
    refreshed = refreshed.clone();
    if (refreshed.length != 0 && refreshed.length != plan.length()) {
      throw new IllegalArgumentException(
          "a cache of " + refreshed.length + " positions for a plan of " + plan.length());
    }
  }

  /** The state before the first step. */
  public static DecodeState start(DecodePlan plan) {
    return new DecodeState(
        plan, plan.canvas(), 0, 0, 0, 0, Standing.before(plan), KeptKeys.NOTHING);
  }

  /**
   * A canvas that is to be gone on with: at its first block with a mask, and there at the step at
   * which the grid leaves as many masks as the block has. A block that is all masks begins afresh.
   * Nothing is cached, and no proposal stands.
   */
  static DecodeState at(DecodePlan plan, int[] canvas, int steps, int forwards) {
    return at(plan, canvas, steps, forwards, KeptKeys.NOTHING);
  }

  private static DecodeState at(
      DecodePlan plan, int[] canvas, int steps, int forwards, int[] refreshed) {
    int block = plan.openBlock(canvas);
    int blockStep = block == plan.blocks() ? 0 : stepOfBlock(plan, canvas, plan.block(block));
    return new DecodeState(
        plan, canvas, block, blockStep, steps, forwards, Standing.before(plan), refreshed);
  }

  private static int stepOfBlock(DecodePlan plan, int[] canvas, int[] positions) {
    int end = plan.endOf(canvas);
    int masks =
        (int)
            Arrays.stream(positions).filter(p -> p < end && canvas[p] == plan.maskToken()).count();
    int blockStep = 0;
    while (plan.left(positions.length, blockStep + 1) >= masks) {
      blockStep++;
    }
    return blockStep;
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  /** The canvas of which the active block's cache was made; empty if it has none. */
  @Override
  public int[] refreshed() {
    return refreshed.clone();
  }

  /** Where tokens enter the stream; empty but for step-local execution. */
  @Override
  public int[] entries() {
    return entries.clone();
  }

  @Override
  public boolean done() {
    return block >= plan.blocks();
  }

  /**
   * The forward pass that the next step needs; its rows are the masked positions of the active
   * block, or the first of them ({@link DecodeOptions#window}). With {@link DecodeOptions#remask}
   * its committed positions come along, to be scored anew, unless the step is the block's last.
   *
   * @param sequence the denoiser's name for this canvas's keys and values, if any are kept
   * @throws IllegalStateException once done
   */
  public DenoiseTask next(long sequence) {
    var active = active();
    var sampling = active.fallback() ? Sampling.GREEDY : plan.options().sampling();
    var task = task(canvas, active.rows(), sampling, active.step(), cache().use(sequence));
    return plan.depth()
        .map(depth -> task.withDepth(depth.pass(active.blockStep(), entries)))
        .orElse(task);
  }

  /** The same for a denoiser that writes no other canvas meanwhile. */
  public DenoiseTask next() {
    return next(0);
  }

  /**
   * The forward pass that fills this canvas's cache again after it was lost; it is no step, and
   * what it proposes is dropped. Then {@link #next} goes on as if nothing had happened; with {@link
   * CacheMode#DELAYED} as if the tokens committed in the active block had come at once, since what
   * was lost of them had seen less.
   *
   * @throws IllegalStateException if the next step reuses no cache
   */
  public DenoiseTask refresh(long sequence) {
    var use = cache().use(sequence);
    if (!cached()) {
      throw new IllegalStateException("there was no cache to lose");
    }
    if (use instanceof CacheUse.Append append) {
      return appended(sequence, append.from());
    }
    if (use instanceof CacheUse.Amend amend) {
      return appended(sequence, amend.to());
    }
    int[] rows = new ActiveBlock(plan, refreshed, block, blockStep, steps).masked();
    return task(refreshed, rows, Sampling.GREEDY, steps, new CacheUse.Refresh(sequence));
  }

  /** The pass that fills a block-causal cache with all that it held before a position. */
  private DenoiseTask appended(long sequence, int to) {
    var lost = new CacheUse.Append(sequence, 0, to);
    return task(refreshed, new int[] {to - 1}, Sampling.GREEDY, steps, lost);
  }

  private DenoiseTask task(int[] canvas, int[] rows, Sampling sampling, int step, CacheUse use) {
    return new DenoiseTask(
        canvas.clone(),
        rows,
        sampling,
        plan.seed(),
        step,
        plan.endToken(),
        plan.endsFrom(),
        use,
        unconditional(),
        plan.attentionBlock());
  }

  /** The canvas without its fixed text, where this step is guided; edits may leave none of it. */
  private Optional<DenoiseTask.Unconditional> unconditional() {
    int pinned = plan.pinned();
    if (!plan.options().guidance().on() || pinned == 0) {
      return Optional.empty();
    }
    long masked = Arrays.stream(canvas).filter(token -> token == plan.maskToken()).count();
    double weight = plan.options().guidance().weightAt((double) masked / (plan.length() - pinned));
    return weight > 0
        ? Optional.of(new DenoiseTask.Unconditional(plan.unconditional(canvas), weight))
        : Optional.empty();
  }

  /** Whether the next step takes something from the cache that an earlier one has filled. */
  public boolean cached() {
    return cache().used();
  }

  private KeptKeys cache() {
    return KeptKeys.of(plan, plan.block(block), () -> active().open(), refreshed, canvas);
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
            plan,
            written,
            block,
            active.blockStep() + 1,
            active.step() + 1,
            forwards + 1,
            stood,
            cache().after(),
            plan.depth()
                .map(depth -> depth.entries(entries, active.blockStep(), committed, reopened))
                .orElse(entries));
    int[] left = here.view().masked();
    here = here.with(stood.only(left));
    int[] drafted =
        IntStream.range(0, proposed.size())
            .filter(i -> Arrays.binarySearch(left, proposed.positions()[i]) >= 0)
            .toArray();
    var state = left.length > 0 ? here : here.afterBlock();
    return new Step<>(state, proposed.only(drafted), committed, reopened);
  }

  /**
   * This canvas as a client changes it. The text goes on at the first block that has a mask, so it
   * may have been done before and be open again, or the other way round; every edit adds at most
   * one budget of steps a block.
   *
   * @throws io.redraft.model.InvalidInputException if the edit is not allowed here; the state is as
   *     it was
   */
  public Edited edit(CanvasEdit edit, EditLimits limits) {
    return new CanvasEditor(this, limits).apply(edit);
  }

  /**
   * Takes one step with the candidates of a pass that did not know of the latest edits. Those that
   * this state does not ask for are left out, and so are ends of text where none may stand; the
   * candidates must have been {@link Edited#moved moved} with every edit, at least one.
   *
   * @throws IllegalStateException once done
   */
  public Step<DecodeState> advanceAfterEdits(Candidates moved) {
    int[] rows = active().rows();
    int[] wanted =
        IntStream.range(0, moved.size())
            .filter(i -> Arrays.binarySearch(rows, moved.positions()[i]) >= 0)
            .filter(
                i ->
                    moved.tokens()[i] != plan.endToken() || moved.positions()[i] >= plan.endsFrom())
            .toArray();
    var step = advance(moved.only(wanted));
    var now = step.state();
    // What this pass has proposed stands for one step; the edit made an end of what stood before.
    var state = at(plan, now.canvas, now.steps, now.forwards).with(now.standing);
    return new Step<>(state, step.draft(), step.committed(), step.reopened());
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

  /** The next block begins without a cache, unless its attention lets what is kept hold. */
  private DecodeState afterBlock() {
    return at(
        plan, canvas, steps, forwards, plan.attentionBlock() > 0 ? refreshed : KeptKeys.NOTHING);
  }

  private DecodeState with(Standing standing) {
    return new DecodeState(
        plan, canvas, block, blockStep, steps, forwards, standing, refreshed, entries);
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
        && standing.equals(state.standing)
        && Arrays.equals(refreshed, state.refreshed)
        && Arrays.equals(entries, state.entries);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + steps;
  }

  @Override
  public String toString() {
    return ("DecodeState[plan=%s, canvas=%s, block=%d, blockStep=%d, steps=%d, forwards=%d,"
            + " refreshed=%s, entries=%s]")
        .formatted(
            plan,
            Arrays.toString(canvas),
            block,
            blockStep,
            steps,
            forwards,
            Arrays.toString(refreshed),
            Arrays.toString(entries));
  }
}
