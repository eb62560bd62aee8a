package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Slot;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.Candidates;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.CausalState;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.DecodeState;
import io.redraft.model.decode.EditLimits;
import io.redraft.model.decode.Edited;
import io.redraft.model.decode.Progress;
import io.redraft.model.decode.RepairState;
import io.redraft.model.decode.SpeculativeState;
import io.redraft.model.decode.Step;
import io.redraft.model.decode.Verification;
import io.redraft.model.decode.VerifierSequence;
import io.redraft.model.nn.AttentionMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where one request stands: its canvas, and what its client has been told. Immutable and without
 * tensors, so that it can be stored at any step and go on elsewhere.
 *
 * @param progress the canvas
 * @param events events sent so far
 * @param draftInterval smallest time between two drafts; empty for none at all
 * @param nextDraft no draft is sent before this moment
 * @param editing what is remembered for edits; empty where the client may not edit
 */
record GenerationState(
    Progress progress,
    long events,
    Optional<Duration> draftInterval,
    Instant nextDraft,
    Optional<Editing> editing) {

  /** A state and the events that led to it. */
  record Change(GenerationState state, List<GenerationEvent> events) {}

  /**
   * The state before anything is sent.
   *
   * @param verifier how the causal model reads the canvas, if one is to verify it
   * @throws io.redraft.model.InvalidInputException if this kind of network cannot write the plan
   */
  static GenerationState start(
      DecodePlan plan,
      AttentionMode attention,
      VerifierSequence verifier,
      Optional<Duration> draftInterval) {
    return new GenerationState(
        begin(plan, attention, verifier), 0, draftInterval, Instant.MIN, Optional.empty());
  }

  private static Progress begin(
      DecodePlan plan, AttentionMode attention, VerifierSequence verifier) {
    if (attention == AttentionMode.CAUSAL) {
      return CausalState.start(plan);
    }
    return switch (plan.options().verification().mode()) {
      case OFF -> DecodeState.start(plan);
      case REPAIR -> RepairState.start(plan, verifier);
      case LOSSLESS -> SpeculativeState.start(plan, verifier);
    };
  }

  /** This state, before anything is sent, of a text that its client may edit. */
  GenerationState editable(EditLimits limits, boolean keepOpen) {
    return with(Editing.start(limits, keepOpen, progress.plan().length()));
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
    var begun = new GenerationState(progress, told.size(), draftInterval, nextDraft, editing);
    return new Change(begun, List.copyOf(told));
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
      return new Work.Extend(cached ? causal.next(sequence) : causal.resume(sequence), alone());
    }
    if (progress instanceof SpeculativeState drafted) {
      return drafted.asksVerifier()
          ? new Work.Extend(drafted.nextCheck(sequence, cached), alone())
          : new Work.Denoise(drafted.nextDraft(sequence, cached), alone());
    }
    if (progress instanceof RepairState repair && repair.asksVerifier()) {
      return new Work.Extend(repair.nextCheck(sequence), alone());
    }
    var state = denoising().orElseThrow();
    return new Work.Denoise(
        cached || !state.cached() ? state.next(sequence) : state.refresh(sequence), alone());
  }

  private boolean alone() {
    return progress.plan().options().batchInvariant();
  }

  /** The canvas whose masks the next pass reads, if that is what comes next. */
  private Optional<DecodeState> denoising() {
    if (progress instanceof DecodeState state && !state.done()) {
      return Optional.of(state);
    }
    return progress instanceof RepairState repair && !repair.text().done()
        ? Optional.of(repair.text())
        : Optional.empty();
  }

  /** This state when the forward that it asked for will not come: the next one knows all edits. */
  GenerationState askingAnew() {
    return editing.isEmpty() ? this : with(editing.get().told(List.of()));
  }

  /**
   * Whether work that fills a lost cache again is no step: its outcome is dropped, and the step's
   * own work follows. A causal network takes its step with the same pass.
   */
  boolean rebuilding() {
    return denoising().filter(DecodeState::cached).isPresent();
  }

  /** Takes one step with what the forward pass gave. */
  Change advance(Outcome outcome, Instant now) {
    boolean extended = outcome instanceof Outcome.Extended;
    if (extended != (progress.asksVerifier() || progress instanceof CausalState)) {
      throw new IllegalArgumentException("an outcome of the other kind of network");
    }
    var candidates = outcome.candidates();
    if (progress instanceof DecodeState state) {
      return advance(state, candidates, now);
    }
    if (progress instanceof CausalState state) {
      return told(state.advance(candidates), now);
    }
    return progress instanceof SpeculativeState state
        ? told(state.advance(candidates), now)
        : told(((RepairState) progress).advance(candidates), now);
  }

  /** Whether the draft is complete, and the text can stand as it is if it is not mended. */
  boolean mending() {
    return progress instanceof RepairState repair && !repair.writing() && !repair.done();
  }

  /** Ends a text that is being mended as it stands. */
  Change giveUpMending(Verification.Verdict why) {
    var given = ((RepairState) progress).giveUp(why);
    return new GenerationState(given, events, draftInterval, nextDraft, editing)
        .endIfDone(new ArrayList<>());
  }

  private Change advance(DecodeState state, Candidates candidates, Instant now) {
    if (editing.isEmpty() || editing.get().unseen().isEmpty()) {
      return told(state.advance(candidates), now);
    }
    if (state.done()) { // an edit left no mask while the pass was computed
      return new Change(with(editing.get().told(List.of())), List.of());
    }
    return told(state.advanceAfterEdits(editing.get().moved(candidates)), now);
  }

  /**
   * Carries out a client's edit, or refuses it; which of them, the event says.
   *
   * @param id the client's own name of the edit
   * @param base number of the last event that the client knew of; empty if it means the canvas now
   * @param inFlight whether a forward has been asked for whose result is still to come
   */
  Change edit(long id, OptionalLong base, CanvasEdit edit, boolean inFlight) {
    Edited edited;
    try {
      var mine = editing.orElseThrow(() -> InvalidInputException.of("edit", id, "none here"));
      edited = mine.apply(progress, mine.history().translate(edit, base, events));
    } catch (InvalidInputException refused) {
      return refuse(id, refused.field(), refused.getMessage());
    }
    long number = events + 1;
    var told = new ArrayList<GenerationEvent>();
    told.add(Editing.event(number, id, edited));
    var after =
        new GenerationState(
            edited.state(),
            number,
            draftInterval,
            nextDraft,
            editing.map(mine -> mine.told(number, edited, inFlight)));
    return after.endIfDone(told);
  }

  /** Tells the client that an edit is not allowed. */
  Change refuse(long id, String field, String message) {
    var event = new GenerationEvent.EditRefused(events + 1, id, field, message);
    var after = new GenerationState(progress, events + 1, draftInterval, nextDraft, editing);
    return new Change(after, List.of(event));
  }

  /** The client has no more edits: a text without masks is finished, any other one when it is. */
  Change closeEdits() {
    if (editing.isEmpty() || !editing.get().open()) {
      return new Change(this, List.of());
    }
    return with(editing.get().closed()).endIfDone(new ArrayList<>());
  }

  /** Whether the last event has been told. */
  boolean done() {
    return progress.done() && !settled();
  }

  /** Whether there is nothing to write, and the client may still edit. */
  boolean settled() {
    return progress.done() && editing.isPresent() && editing.get().open();
  }

  private GenerationState with(Editing changed) {
    return new GenerationState(progress, events, draftInterval, nextDraft, Optional.of(changed));
  }

  /** Adds the last event, or the one before the client's next edit, where no mask is left. */
  private Change endIfDone(List<GenerationEvent> told) {
    if (!progress.done()) {
      return new Change(this, List.copyOf(told));
    }
    long number = events + 1;
    told.add(
        settled()
            ? new GenerationEvent.Settled(number, progress.steps(), progress.tokens().length)
            : finished(number, progress));
    var after = new GenerationState(progress, number, draftInterval, nextDraft, editing);
    return new Change(after, List.copyOf(told));
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
    for (var repair : step.repairs()) {
      told.add(
          new GenerationEvent.Repaired(
              ++number,
              at,
              slots(repair.before()),
              slots(repair.after()),
              repair.scoreBefore(),
              repair.scoreAfter()));
    }
    var remembered = editing.map(mine -> mine.told(told));
    return new GenerationState(after, number, draftInterval, next, remembered).endIfDone(told);
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
        progress.plan().seed(),
        progress.verified());
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
