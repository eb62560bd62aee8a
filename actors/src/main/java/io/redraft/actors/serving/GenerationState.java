package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CausalState;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.Progress;
import io.redraft.model.decode.Step;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where one request stands: its canvas, and what its client has been told. Immutable and without
 * tensors, so that it can be stored at any step and go on elsewhere.
 *
 * @param progress the canvas
 * @param events events sent so far
 * @param draftInterval smallest time between two drafts; empty for none at all
 * @param nextDraft no draft is sent before this moment
 */
record GenerationState(
    Progress progress, long events, Optional<Duration> draftInterval, Instant nextDraft) {

  /** A state and the events that led to it. */
  record Change(GenerationState state, List<GenerationEvent> events) {}

  /**
   * The state before anything is sent.
   *
   * @throws io.redraft.model.InvalidInputException if this kind of network cannot write the plan
   */
  static GenerationState start(
      DecodePlan plan, AttentionMode attention, Optional<Duration> draftInterval) {
    var progress =
        attention == AttentionMode.CAUSAL ? CausalState.start(plan) : DecodeState.start(plan);
    return new GenerationState(progress, 0, draftInterval, Instant.MIN);
  }

  /** Commits the request's fixed text, if it has any. */
  Change begin() {
    var told = new ArrayList<GenerationEvent>();
    int[] pinned = progress.plan().pinnedPositions();
    if (pinned.length > 0) {
      int[] canvas = progress.canvas();
      var slots = Arrays.stream(pinned).mapToObj(p -> new Slot(p, canvas[p], 1)).toList();
      told.add(new GenerationEvent.Committed(1, 0, canvas.length, slots, true));
    }
    return new Change(
        new GenerationState(progress, told.size(), draftInterval, nextDraft), List.copyOf(told));
  }

  /**
   * The forward pass that the next step needs, or the one that must come before it.
   *
   * @param sequence name of what is cached for this request
   * @param cached whether what {@link #work} asked for before is still cached; if not, the work of
   *     a denoiser is {@link #rebuilding}
   */
  Work work(long sequence, boolean cached) {
    if (progress instanceof CausalState causal) {
      var task = cached ? causal.next(sequence) : causal.resume(sequence);
      return new Work.Extend(task, !cached || causal.steps() == 0);
    }
    var state = (DecodeState) progress;
    return new Work.Denoise(cached ? state.next(sequence) : state.refresh(sequence));
  }

  /**
   * Whether work that fills a lost cache again is no step: its outcome is dropped, and the step's
   * own work follows. A causal network takes its step with the same pass.
   */
  boolean rebuilding() {
    return progress instanceof DecodeState;
  }

  /** Takes one step with what the forward pass gave. */
  Change advance(Outcome outcome, Instant now) {
    if (progress instanceof DecodeState state && outcome instanceof Outcome.Proposed proposed) {
      return told(state.advance(proposed.candidates()), now);
    }
    if (progress instanceof CausalState state && outcome instanceof Outcome.Extended extended) {
      return told(state.advance(extended.next()), now);
    }
    throw new IllegalArgumentException("an outcome of the other kind of network");
  }

  /** Whether the last event has been told. */
  boolean done() {
    return progress.done();
  }

  private Change told(Step<? extends Progress> step, Instant now) {
    var after = step.state();
    int at = after.steps();
    int length = after.plan().length();
    long number = events;
    var next = nextDraft;
    var told = new ArrayList<GenerationEvent>();
    if (draftInterval.isPresent() && step.draft().size() > 0 && !now.isBefore(nextDraft)) {
      told.add(new GenerationEvent.Drafted(++number, at, length, slots(step.draft())));
      next = now.plus(draftInterval.get());
    }
    if (step.committed().size() > 0) {
      var slots = slots(step.committed());
      told.add(new GenerationEvent.Committed(++number, at, length, slots, false));
    }
    if (step.reopened().length > 0) {
      var positions = Arrays.stream(step.reopened()).boxed().toList();
      told.add(new GenerationEvent.Reopened(++number, at, positions));
    }
    if (after.done()) {
      told.add(finished(++number, after));
    }
    return new Change(new GenerationState(after, number, draftInterval, next), List.copyOf(told));
  }

  private static GenerationEvent finished(long number, Progress progress) {
    var reason =
        switch (progress.finishReason().orElseThrow()) {
          case END_OF_TEXT -> GenerationEvent.Reason.END_OF_TEXT;
          case LENGTH -> GenerationEvent.Reason.LENGTH;
        };
    return new GenerationEvent.Finished(
        number,
        reason,
        Arrays.stream(progress.tokens()).boxed().toList(),
        progress.promptTokens(),
        progress.generatedTokens(),
        progress.steps(),
        progress.forwards(),
        progress.plan().seed());
  }

  private static List<Slot> slots(Candidates candidates) {
    var slots = new ArrayList<Slot>(candidates.size());
    for (int i = 0; i < candidates.size(); i++) {
      slots.add(
          new Slot(candidates.positions()[i], candidates.tokens()[i], candidates.confidences()[i]));
    }
    return slots;
  }

  /** Leaves the text out: states may end up in logs, texts must not. */
  @Override
  public String toString() {
    return "GenerationState[steps=%d, events=%d]".formatted(progress.steps(), events);
  }
}
