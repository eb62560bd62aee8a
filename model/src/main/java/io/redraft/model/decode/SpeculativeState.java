package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.CausalModel.ExtendTask;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A causal model's text, written faster with the help of drafts (speculative decoding, Leviathan et
 * al. 2023), as an immutable state machine. In every round the denoiser drafts the next few tokens
 * at once, and the causal model draws a token behind each of them in one pass. The drafted tokens
 * that it would have drawn too are accepted, and then the first one that it draws otherwise, or the
 * one behind them all.
 *
 * <pre>
 *   start ──▶ DRAFTING ── draft complete, or no room for one ──▶ CHECKING ── end ──▶ done
 *               ▲  └─ a pass ─┘                                     │
 *               └────────────── accepted, and a token more ─────────┘
 * </pre>
 *
 * <p>Noise is a function of seed and position, and both models draw with the same: what the causal
 * model draws behind accepted tokens is what it would draw alone, so the text is its own, greedy or
 * sampled, whatever was drafted. With equal noise both are the likelier to agree.
 *
 * <p>A draft has {@link DecodeOptions#block} tokens and takes {@link DecodeOptions#steps} passes,
 * by default {@value #DEFAULT_DRAFT} and one. With {@link CacheMode#DUAL} a pass computes only the
 * draft and what was accepted since the pass before; keys and values of the rest are as they were
 * computed last, which makes drafts worse and cheaper, and no difference to the text.
 *
 * @param plan what is carried out; the writable positions are the canvas's last ones
 * @param sequence how the causal model reads the canvas
 * @param canvas the canvas now, with the masks of all positions that are not accepted
 * @param position the first position that is not accepted; the canvas's length once done
 * @param draft tokens proposed from {@code position} on, the mask where a pass is still to come
 * @param passes passes that the draft has taken
 * @param filled whether the denoiser has keys and values of this canvas
 * @param work what it took so far
 */
public record SpeculativeState(
    DecodePlan plan,
    VerifierSequence sequence,
    int[] canvas,
    int position,
    int[] draft,
    int passes,
    boolean filled,
    Work work)
    implements Progress {
  /**
   * What a text took so far.
   *
   * @param checks passes of the causal model
   * @param forwards passes of the denoiser
   * @param drafted tokens that were drafted and checked
   * @param accepted how many of them were accepted
   */
  public record Work(int checks, int forwards, int drafted, int accepted) {
    private static final Work NONE = new Work(0, 0, 0, 0);

    private Work andForward() {
      return new Work(checks, forwards + 1, drafted, accepted);
    }

    private Work andCheck(int ofTokens, int agreed) {
      return new Work(checks + 1, forwards, drafted + ofTokens, accepted + agreed);
    }
  }

  /** Tokens of a draft where the request does not say. */
  public static final int DEFAULT_DRAFT = 8;

  public SpeculativeState {
    canvas = canvas.clone();
    draft = draft.clone();
  }

  /**
   * The state before the first round.
   *
   * @throws InvalidInputException if text follows a mask, or there is no text to go on from
   */
  public static SpeculativeState start(DecodePlan plan, VerifierSequence sequence) {
    int first = plan.endsFrom();
    if (first != plan.pinned()) {
      throw new InvalidInputException(
          "verify",
          "verify is lossless, and text follows a mask; allowed: masks at the end only, since a"
              + " causal model writes from left to right");
    }
    if (first + sequence.before() == 0) {
      throw InvalidInputException.of("prompt", "empty", "1 token or more, for this verifier");
    }
    return new SpeculativeState(
            plan, sequence, plan.canvas(), first, new int[0], 0, false, Work.NONE)
        .drafting();
  }

  /** This state with a draft of masks. */
  private SpeculativeState drafting() {
    // The causal model adds a token of its own, so there is none to draft for the last place.
    int n = Math.max(0, Math.min(draftLength(), canvas.length - position - 1));
    int[] masks = new int[n];
    Arrays.fill(masks, plan.maskToken());
    return new SpeculativeState(plan, sequence, canvas, position, masks, 0, filled, work);
  }

  private int draftLength() {
    return plan.options().block() == 0 ? DEFAULT_DRAFT : plan.options().block();
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  @Override
  public int[] draft() {
    return draft.clone();
  }

  /** Rounds. */
  @Override
  public int steps() {
    return work.checks();
  }

  @Override
  public int forwards() {
    return work.forwards();
  }

  @Override
  public boolean done() {
    return position >= canvas.length;
  }

  @Override
  public boolean asksVerifier() {
    return Arrays.stream(draft).noneMatch(token -> token == plan.maskToken());
  }

  /**
   * The denoiser's pass that the draft needs.
   *
   * @param name the denoiser's name for this canvas's keys and values
   * @param cached whether it still has those that an earlier pass left
   * @throws IllegalStateException if the draft is complete
   */
  public DenoiseTask nextDraft(long name, boolean cached) {
    if (done() || asksVerifier()) {
      throw new IllegalStateException("there is nothing to draft");
    }
    int[] now = canvas.clone();
    System.arraycopy(draft, 0, now, position, draft.length);
    int[] rows = open();
    // The noise of step 0, which is what a causal model draws with.
    return new DenoiseTask(
        now, rows, plan.options().sampling(), plan.seed(), 0, -1, 0, use(name, cached));
  }

  private CacheUse use(long name, boolean cached) {
    int[] window = window();
    if (plan.options().cache() == CacheMode.NONE || window.length == canvas.length) {
      return new CacheUse.None();
    }
    return filled && cached ? new CacheUse.Reuse(name, window) : new CacheUse.Refresh(name);
  }

  /** Always equally many positions, so that passes of many texts go together. */
  private int[] window() {
    int length = Math.min(canvas.length, 2 * draftLength() + 1);
    int from = Math.max(0, Math.min(position - draftLength() - 1, canvas.length - length));
    return IntStream.range(from, from + length).toArray();
  }

  /** Positions that are still to be drafted. */
  private int[] open() {
    return IntStream.range(0, draft.length)
        .filter(i -> draft[i] == plan.maskToken())
        .map(i -> position + i)
        .toArray();
  }

  /**
   * The causal model's pass over a complete draft.
   *
   * @param name the causal model's name for this sequence
   * @param cached whether it still has what earlier passes left
   */
  public ExtendTask nextCheck(long name, boolean cached) {
    if (done() || !asksVerifier()) {
      throw new IllegalStateException("there is nothing to check");
    }
    int[] now = canvas.clone();
    System.arraycopy(draft, 0, now, position, draft.length);
    int prompt = sequence.before() + plan.endsFrom();
    int kept = work.checks() == 0 || !cached ? 0 : sequence.before() + position - 1;
    int[] tokens = sequence.tokens(now, kept, position + draft.length);
    return new ExtendTask(
        name, kept, tokens, prompt, draft.length + 1, plan.options().sampling(), plan.seed());
  }

  /** Goes on with what the pass gave that was asked for. */
  public Step<SpeculativeState> advance(Candidates candidates) {
    if (done()) {
      throw new IllegalStateException("the canvas is done");
    }
    return asksVerifier() ? checked(sequence.onCanvas(candidates)) : drafted(candidates);
  }

  private Step<SpeculativeState> drafted(Candidates proposed) {
    if (!Arrays.equals(proposed.positions(), open())) {
      throw new IllegalArgumentException("candidates for other positions than were asked for");
    }
    int total = Math.max(1, plan.options().steps().orElse(1));
    int left = Math.max(1, total - passes);
    int most = (proposed.size() + left - 1) / left;
    int[] best =
        IntStream.range(0, proposed.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -proposed.confidences()[i]))
            .limit(most)
            .mapToInt(i -> i)
            .toArray();
    int[] now = draft.clone();
    for (int i : best) {
      now[proposed.positions()[i] - position] = proposed.tokens()[i];
    }
    var state =
        new SpeculativeState(
            plan, sequence, canvas, position, now, passes + 1, true, work.andForward());
    return new Step<>(state, proposed, Candidates.none(), new int[0]);
  }

  private Step<SpeculativeState> checked(Candidates drawn) {
    int agreed = 0;
    while (agreed < draft.length
        && drawn.tokens()[agreed] == draft[agreed]
        && draft[agreed] != plan.endToken()) {
      agreed++;
    }
    var committed = drawn.only(IntStream.rangeClosed(0, agreed).toArray());
    int[] written = canvas.clone();
    System.arraycopy(committed.tokens(), 0, written, position, agreed + 1);
    boolean ended = committed.tokens()[agreed] == plan.endToken();
    boolean drewTheEnd = ended && agreed < draft.length && draft[agreed] == plan.endToken();
    var state =
        new SpeculativeState(
            plan,
            sequence,
            written,
            ended ? canvas.length : position + agreed + 1,
            new int[0],
            0,
            filled,
            work.andCheck(draft.length, agreed + (drewTheEnd ? 1 : 0)));
    return new Step<>(
        state.done() ? state : state.drafting(), Candidates.none(), committed, new int[0]);
  }

  @Override
  public Optional<Verified> verified() {
    return Optional.of(
        new Verified(
            Verification.Verdict.VERIFIED,
            work.checks(),
            work.drafted(),
            work.accepted(),
            0,
            0,
            0));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SpeculativeState state
        && plan.equals(state.plan)
        && sequence.equals(state.sequence)
        && Arrays.equals(canvas, state.canvas)
        && position == state.position
        && Arrays.equals(draft, state.draft)
        && passes == state.passes
        && filled == state.filled
        && work.equals(state.work);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + position;
  }

  @Override
  public String toString() {
    return "SpeculativeState[plan=%s, canvas=%s, position=%d, draft=%s]"
        .formatted(plan, Arrays.toString(canvas), position, Arrays.toString(draft));
  }
}
