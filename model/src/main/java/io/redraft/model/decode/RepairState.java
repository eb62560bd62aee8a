package io.redraft.model.decode;

import io.redraft.model.decode.CausalModel.ExtendTask;
import io.redraft.model.decode.Verification.Verdict;
import io.redraft.model.nn.AttentionMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A text that is denoised to its end and then mended with the help of a causal model, as an
 * immutable state machine.
 *
 * <pre>
 *   start ─▶ Writing ── complete ─▶ Scoring ── nothing to rewrite ───────────▶ Over
 *            ▲  │                    ▲   │                                      ▲
 *            └──┘ a step             │   └─▶ Rewriting ── no mask: judged ──────┤
 *                                    │         ▲  │              │              │
 *                                    │         └──┘ a step       │              │
 *                                    └───── one more round ──────┘              │
 *            (giveUp, from everywhere but Writing) ─────────────────────────────┘
 * </pre>
 *
 * <p>The causal model scores the text around spans of low confidence. Where it prefers another
 * token by the margin, that token is written, and what follows in the span is masked and denoised
 * once more, with the text on both sides visible. Then the causal model scores the text anew: a
 * span stays rewritten only if the text from there to the next such span has become more probable;
 * otherwise it is put back. Nothing outside the spans ever changes.
 *
 * <p>What is under way is not told: a client sees a span change from one text to the other.
 *
 * @param plan what is carried out
 * @param sequence how the causal model reads the canvas
 * @param text the canvas that is written, or rewritten
 * @param confidences in each position's token when it was chosen; 1 for what is not looked at
 * @param rounds rounds that are over
 * @param counts what the causal model has done so far
 * @param stage where the text stands
 */
public record RepairState(
    DecodePlan plan,
    VerifierSequence sequence,
    DecodeState text,
    float[] confidences,
    int rounds,
    Verified counts,
    Stage stage)
    implements Progress {
  /** Where a text stands. */
  sealed interface Stage {
    /** The draft is being written. */
    record Writing() implements Stage {}

    /** The causal model is asked about spans of a complete text. */
    record Scoring(RepairSpans spans) implements Stage {}

    /**
     * Spans are masked and denoised again; with no mask left, the causal model is asked about them.
     *
     * @param canvas the text as it was
     * @param confidences likewise
     * @param scores its log-probabilities by position, from the first span on
     */
    record Rewriting(RepairSpans spans, int[] canvas, float[] confidences, double[] scores)
        implements Stage {}

    /** Nothing more is to be done. */
    record Over() implements Stage {}
  }

  public RepairState {
    confidences = confidences.clone();
  }

  /** The state before the first step. */
  public static RepairState start(DecodePlan plan, VerifierSequence sequence) {
    float[] confidences = new float[plan.length()];
    for (int p : plan.pinnedPositions()) {
      confidences[p] = 1;
    }
    return new RepairState(
        plan,
        sequence,
        DecodeState.start(plan),
        confidences,
        0,
        new Verified(Verdict.VERIFIED, 0, 0, 0, 0, 0, 0),
        new Stage.Writing());
  }

  @Override
  public float[] confidences() {
    return confidences.clone();
  }

  /** The canvas as it has been told: what is being rewritten counts only once it stays. */
  @Override
  public int[] canvas() {
    return stage instanceof Stage.Rewriting rewriting ? rewriting.canvas().clone() : text.canvas();
  }

  @Override
  public int steps() {
    return text.steps();
  }

  @Override
  public int forwards() {
    return text.forwards();
  }

  @Override
  public boolean asksVerifier() {
    return stage instanceof Stage.Scoring || (stage instanceof Stage.Rewriting && text.done());
  }

  /** Whether the draft is still being written, rather than mended. */
  public boolean writing() {
    return stage instanceof Stage.Writing;
  }

  @Override
  public boolean done() {
    return stage instanceof Stage.Over;
  }

  @Override
  public Optional<Verified> verified() {
    return Optional.of(counts);
  }

  /**
   * The causal model's pass that comes next.
   *
   * @param name its name for this sequence; nothing that it has kept of it is used
   */
  public ExtendTask nextCheck(long name) {
    return spans().task(name, sequence, text.canvas(), plan.seed());
  }

  private RepairSpans spans() {
    if (stage instanceof Stage.Scoring scoring) {
      return scoring.spans();
    }
    if (stage instanceof Stage.Rewriting rewriting) {
      return rewriting.spans();
    }
    throw new IllegalStateException("there is nothing to score");
  }

  /** Goes on with what the pass gave that was asked for. */
  public Step<RepairState> advance(Candidates result) {
    if (stage instanceof Stage.Scoring scoring) {
      return silent(scored(scoring.spans(), sequence.onCanvas(result)));
    }
    if (stage instanceof Stage.Rewriting rewriting) {
      return text.done() ? judged(rewriting, sequence.onCanvas(result)) : rewritten(result);
    }
    return written(text.advance(result));
  }

  private static Step<RepairState> silent(RepairState state) {
    return new Step<>(state, Candidates.none(), Candidates.none(), new int[0]);
  }

  private Step<RepairState> written(Step<DecodeState> step) {
    var state = with(step);
    return new Step<>(
        step.state().done() ? state.lookedAt() : state,
        step.draft(),
        step.committed(),
        step.reopened());
  }

  private Step<RepairState> rewritten(Candidates candidates) {
    return silent(with(text.advance(candidates)));
  }

  /** This state after a step of denoising. */
  private RepairState with(Step<DecodeState> step) {
    float[] sure = confidences();
    for (int i = 0; i < step.committed().size(); i++) {
      sure[step.committed().positions()[i]] = step.committed().confidences()[i];
    }
    return new RepairState(plan, sequence, step.state(), sure, rounds, counts, stage);
  }

  private RepairState at(Stage next, Verified counts) {
    return new RepairState(plan, sequence, text, confidences, rounds, counts, next);
  }

  /** This state of a complete text when its spans are to be scored, if it has any. */
  private RepairState lookedAt() {
    var verification = plan.options().verification();
    var found =
        RepairSpans.below(
            confidences, verification.confidence(), sequence.firstScored(), text.tokens().length);
    boolean over = found.isEmpty() || rounds >= verification.rounds();
    return at(over ? new Stage.Over() : new Stage.Scoring(found), counts);
  }

  private RepairState scored(RepairSpans looked, Candidates result) {
    double[] scores = looked.scores(result);
    int[] canvas = text.canvas();
    float[] sure = confidences();
    var rewritten = looked.rewrite(result, scores, plan, canvas, sure);
    var counted = counts.scored(looked.spans().size());
    if (rewritten.isEmpty()) {
      return at(new Stage.Over(), counted);
    }
    var rewriting = new Stage.Rewriting(rewritten, text.canvas(), confidences, scores);
    var masked = opened(canvas, looked.end());
    return new RepairState(plan, sequence, masked, sure, rounds, counted, rewriting);
  }

  /**
   * A canvas with masks, whose text ends where it ended and of which nothing else is re-opened.
   * What stands on both sides of a mask is seen, whatever the draft was written with.
   */
  private DecodeState opened(int[] canvas, int end) {
    var options = plan.options().with(change -> change.remask = OptionalDouble.empty());
    if (plan.attentionBlock() > 0) {
      options = options.withAttention(AttentionMode.BIDIRECTIONAL).withCache(CacheMode.NONE);
    }
    var within =
        new DecodePlan(plan.canvas(), plan.maskToken(), plan.endToken(), options, plan.seed(), end);
    return DecodeState.at(within, canvas, text.steps(), text.forwards());
  }

  private Step<RepairState> judged(Stage.Rewriting old, Candidates result) {
    double[] scores = old.spans().scores(result);
    int[] canvas = old.canvas().clone();
    int[] proposed = text.canvas();
    float[] sure = old.confidences().clone();
    var repairs = new ArrayList<SpanRepair>();
    int changed = 0;
    for (int i = 0; i < old.spans().spans().size(); i++) {
      var span = old.spans().spans().get(i);
      double was = old.spans().sum(old.scores(), i);
      double is = old.spans().sum(scores, i);
      if (is > was) {
        var before = span.slots(canvas, old.confidences());
        repairs.add(new SpanRepair(before, span.slots(proposed, confidences), was, is));
      }
      for (int p = span.from(); p < span.to(); p++) {
        changed += is > was && canvas[p] != proposed[p] ? 1 : 0;
        canvas[p] = is > was ? proposed[p] : canvas[p];
        sure[p] = is > was ? confidences[p] : 1; // what was put back is not looked at again
      }
    }
    var state =
        new RepairState(
            plan,
            sequence,
            complete(canvas),
            sure,
            rounds + 1,
            counts.repaired(repairs.size(), changed),
            new Stage.Over());
    var next = repairs.isEmpty() ? state : state.lookedAt();
    return new Step<>(next, Candidates.none(), Candidates.none(), new int[0], repairs);
  }

  private DecodeState complete(int[] canvas) {
    return DecodeState.at(plan, canvas, text.steps(), text.forwards());
  }

  /**
   * The text as it stands, without (more) repairs.
   *
   * @throws IllegalStateException if it is still being written
   */
  public RepairState giveUp(Verdict why) {
    if (writing()) {
      throw new IllegalStateException("the text is still being written");
    }
    return new RepairState(
        plan,
        sequence,
        complete(canvas()),
        confidences,
        rounds,
        counts.ended(why),
        new Stage.Over());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RepairState state
        && plan.equals(state.plan)
        && sequence.equals(state.sequence)
        && text.equals(state.text)
        && Arrays.equals(confidences, state.confidences)
        && rounds == state.rounds
        && counts.equals(state.counts)
        && stage.getClass() == state.stage.getClass();
  }

  @Override
  public int hashCode() {
    return 31 * text.hashCode() + rounds;
  }

  @Override
  public String toString() {
    return "RepairState[text=%s, stage=%s]".formatted(text, stage.getClass().getSimpleName());
  }
}
