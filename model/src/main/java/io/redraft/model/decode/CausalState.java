package io.redraft.model.decode;

import io.redraft.model.InvalidInputException;
import java.util.Arrays;

/**
 * A causal network writing a canvas from left to right, one token a step, as an immutable state
 * machine beside {@link DecodeState}. It stops at an end of text or at the canvas's end.
 *
 * @param plan what is carried out; the writable positions are the canvas's last ones
 * @param canvas the canvas now, -1 where nothing is written yet
 * @param position the position that the next step writes; behind the last one once done
 */
public record CausalState(DecodePlan plan, int[] canvas, int position) implements Progress {
  public CausalState {
    canvas = canvas.clone();
  }

  /**
   * The state before the first step.
   *
   * @throws InvalidInputException if text follows a mask, or there is no text to go on from
   */
  public static CausalState start(DecodePlan plan) {
    int first = plan.endsFrom();
    if (first != plan.pinned()) {
      throw new InvalidInputException(
          "mask", "text follows a mask; allowed for a causal model: masks at the end only");
    }
    if (first == 0) {
      throw InvalidInputException.of("prompt", "empty", "1 token or more, for this causal model");
    }
    return new CausalState(plan, plan.canvas(), first);
  }

  @Override
  public int[] canvas() {
    return canvas.clone();
  }

  @Override
  public int steps() {
    int first = plan.endsFrom();
    return Math.min(plan.endOf(canvas) + 1, position) - first;
  }

  @Override
  public int forwards() {
    return steps();
  }

  @Override
  public boolean done() {
    return position >= canvas.length;
  }

  /**
   * The forward pass that the next step needs, for a sequence whose cache holds everything before
   * the last token.
   *
   * @param sequence the sequence that holds this canvas's cache
   */
  public CausalModel.ExtendTask next(long sequence) {
    requireOpen();
    return extend(sequence, position == plan.endsFrom() ? 0 : position - 1);
  }

  /** The forward pass that the next step needs, for a sequence without a cache. */
  public CausalModel.ExtendTask resume(long sequence) {
    requireOpen();
    return extend(sequence, 0);
  }

  /** Takes one step with the token that the pass drew, its only candidate. */
  public Step<CausalState> advance(Candidates drawn) {
    requireOpen();
    if (drawn.size() != 1 || drawn.positions()[0] != position) {
      throw new IllegalArgumentException("candidates for other positions than " + position);
    }
    int token = drawn.tokens()[0];
    int[] written = canvas.clone();
    written[position] = token;
    boolean ended = token == plan.endToken();
    var state = new CausalState(plan, written, ended ? canvas.length : position + 1);
    return new Step<>(state, Candidates.none(), drawn, new int[0]);
  }

  private CausalModel.ExtendTask extend(long sequence, int kept) {
    return new CausalModel.ExtendTask(
        sequence,
        kept,
        Arrays.copyOfRange(canvas, kept, position),
        plan.endsFrom(),
        1,
        plan.options().sampling(),
        plan.seed());
  }

  private void requireOpen() {
    if (done()) {
      throw new IllegalStateException("the canvas is done");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CausalState state
        && plan.equals(state.plan)
        && Arrays.equals(canvas, state.canvas)
        && position == state.position;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(canvas) + position;
  }

  @Override
  public String toString() {
    return "CausalState[plan=%s, canvas=%s, position=%d]"
        .formatted(plan, Arrays.toString(canvas), position);
  }
}
