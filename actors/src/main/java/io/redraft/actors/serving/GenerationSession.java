package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.decode.CanvasEdit;
import io.redraft.model.decode.Verification;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One request's life. It asks for a forward pass, takes a step with the result, tells its
 * subscriber what changed, and asks again until the text is complete.
 *
 * <pre>
 *   QUEUED ── begin ──▶ STEPPING ── the text is complete ──▶ ended: Finished
 *     │                  │ │ ▲ └─── the cache was lost: asks for what fills it again
 *     │                  │ └─┘ stepped, or edited: the forward in flight goes on
 *     │                  │   ▲
 *     │         complete │   │ an edit makes masks
 *     │                  ▼   │
 *     │                 SETTLED ── no more edits, or none for too long ──▶ ended: Finished
 *     │                    │
 *     └──────────┬─────────┘
 *                └── cancelled, deadline, a limit that is used up, a failed step, displaced from
 *                    the queue, a server that stops ──▶ ended: Failed
 *                └── the subscriber is gone ──▶ ended: nobody to tell
 * </pre>
 *
 * <p>Only a text that its client keeps open settles; it keeps its place. Edits take effect at once;
 * those that come before there is a place for the text wait for it. What a forward in flight says
 * about positions that were edited since it was asked for is dropped.
 *
 * <p>A text that is verified asks the verifier in turn with the model, and rests at the one while
 * it asks the other. If a draft is complete and the verifier fails or is late, the draft is the
 * text, and its end says so.
 *
 * <p>A subscriber says what it has {@link Taken}. While more than a limit has not been taken, no
 * step is asked for; so what waits for a slow reader is bounded by that limit, what a forward in
 * flight adds, and the answers to edits, of which only so many come ahead.
 *
 * <p>Whatever the way, an ended session stops at once, which frees its place: a forward in flight
 * is not interrupted, its result for this session is dropped.
 *
 * <p>Supervision: <b>stop</b>. A step that throws is a bug, and taking it again would throw again.
 * The subscriber is told before the actor ends, and {@link Serving}, which watches it, gives its
 * place to the next.
 */
public final class GenerationSession extends AbstractBehavior<GenerationSession.Command> {
  /** What a session is told. */
  public sealed interface Command {}

  /** The client wants no more; the subscriber gets {@code Failed} with {@code CANCELLED}. */
  public record Cancel() implements Command {}

  /**
   * The client changes the canvas; answered by one {@code Edited} or {@code EditRefused}, unless
   * the text ends first.
   *
   * @param id the client's own name of the edit
   * @param base number of the last event that the client knew of; empty if it means the canvas now
   */
  public record Edit(long id, OptionalLong base, CanvasEdit edit) implements Command {}

  /** An edit that could not be read; answered like one that is not allowed. */
  public record UnreadableEdit(long id, String field, String message) implements Command {}

  /**
   * The subscriber has no more of the events that it was told than it had before: so many bytes
   * ({@link EventBytes}) were sent on or dropped.
   *
   * @param by the subscriber
   */
  public record Taken(ActorRef<GenerationEvent> by, long bytes) implements Command {}

  /** There will be no more edits: the text is finished as soon as it has no mask. */
  public record EndEdits() implements Command {}

  /** The client knows that it is admitted: from now on it may be told things. */
  record Admitted() implements Command {}

  /** There is a place for it now. */
  record Begin() implements Command {}

  /** The forward pass that it asked for. */
  record Stepped(Outcome outcome) implements Command {}

  /** The forward pass that it asked for failed, or there is no device to compute it. */
  record StepFailed(Failure failure) implements Command {}

  /** Keys and values of its sequence are gone from the device. */
  record CacheLost() implements Command {}

  /** The server ends it. */
  record Abort(Failure failure) implements Command {}

  private record DeadlinePassed() implements Command {}

  private record TimeUsedUp() implements Command {}

  private record IdleTooLong() implements Command {}

  private record VerifierLate() implements Command {}

  private record SubscriberGone() implements Command {}

  private static final String IDLE = "idle";
  private static final String VERIFIER = "verifier";

  private final TimerScheduler<Command> timers;
  private final long id;
  private final SessionTerms terms;
  private final Turns turns;
  private final Outlet outlet;
  private final InstantSource clock;
  private final List<Command> beforeBegin = new ArrayList<>();
  private GenerationState state;
  private boolean rebuilding;
  private boolean begun;
  private boolean inFlight;
  private boolean ended;
  private boolean held;

  /**
   * A session that waits for {@link Admitted}, then for {@link Begin}.
   *
   * @param id its name within this node's life; also that of its cached sequence
   * @param terms when it gives up, and how it stands among others
   * @param maxUnread bytes that its subscriber may not have taken when it asks for a step
   */
  static Behavior<Command> create(
      long id,
      GenerationState start,
      SessionTerms terms,
      Schedulers schedulers,
      ActorRef<GenerationEvent> subscriber,
      InstantSource clock,
      long maxUnread) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new GenerationSession(
                        context,
                        timers,
                        id,
                        start,
                        terms,
                        new Turns(id, terms.priority(), schedulers),
                        new Outlet(subscriber, maxUnread),
                        clock)));
  }

  private GenerationSession(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      long id,
      GenerationState start,
      SessionTerms terms,
      Turns turns,
      Outlet outlet,
      InstantSource clock) {
    super(context);
    this.timers = timers;
    this.id = id;
    this.state = start;
    this.terms = terms;
    this.turns = turns;
    this.outlet = outlet;
    this.clock = clock;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Admitted.class, this::onAdmitted)
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Stepped.class, this::onStepped)
        .onMessage(Taken.class, this::onTaken)
        .onMessage(Edit.class, this::onEdit)
        .onMessage(UnreadableEdit.class, this::onEdit)
        .onMessage(EndEdits.class, end -> onNoMoreEdits())
        .onMessage(IdleTooLong.class, idle -> onNoMoreEdits())
        .onMessage(CacheLost.class, this::onCacheLost)
        .onMessage(StepFailed.class, this::onStepFailed)
        .onMessage(VerifierLate.class, late -> giveUpMending(Verification.Verdict.LATE))
        .onMessage(Abort.class, abort -> fail(abort.failure()))
        .onMessage(Cancel.class, cancel -> fail(Refusal.CANCELLED, "cancelled by the client"))
        .onMessage(
            DeadlinePassed.class,
            passed -> fail(Refusal.DEADLINE, "the deadline passed before the text was finished"))
        .onMessage(TimeUsedUp.class, this::onTimeUsedUp)
        .onMessage(SubscriberGone.class, this::onSubscriberGone)
        .onSignal(PostStop.class, signal -> onPostStop())
        .build();
  }

  private Behavior<Command> onAdmitted(Admitted admitted) {
    getContext().watchWith(outlet.subscriber(), new SubscriberGone());
    terms
        .deadline()
        .ifPresent(
            deadline -> {
              var left = Duration.between(clock.instant(), deadline);
              timers.startSingleTimer(
                  new DeadlinePassed(), left.isNegative() ? Duration.ZERO : left);
            });
    return this;
  }

  private Behavior<Command> onBegin(Begin begin) {
    terms.limits().maxTime().ifPresent(most -> timers.startSingleTimer(new TimeUsedUp(), most));
    begun = true;
    tell(state.begin());
    for (var edit : beforeBegin) {
      if (!state.done()) {
        tell(carriedOut(edit));
      }
    }
    beforeBegin.clear();
    return goOn();
  }

  private Behavior<Command> onStepped(Stepped stepped) {
    timers.cancel(VERIFIER);
    if (rebuilding) {
      rebuilding = false;
      inFlight = false;
      state = state.askingAnew();
      return goOn();
    }
    GenerationState.Change change;
    try {
      change = state.advance(stepped.outcome(), clock.instant());
    } catch (RuntimeException e) {
      fail(Refusal.INTERNAL, "decoding failed at this step");
      throw e;
    }
    inFlight = false;
    tell(change);
    var most = terms.limits().maxSteps();
    if (most.isPresent()
        && state.progress().steps() >= most.getAsInt()
        && !state.done()
        && !state.mending()
        && !state.settled()) {
      var message = "the text was not finished within limits.max_steps (" + most.getAsInt() + ")";
      return fail(new Failure(Refusal.LIMIT, "limits.max_steps", message));
    }
    return goOn();
  }

  /** An edit, whether it could be read or not. */
  private Behavior<Command> onEdit(Command edit) {
    if (!begun) {
      beforeBegin.add(edit); // its answer must not come before the first event
      return this;
    }
    return goOnAfter(carriedOut(edit));
  }

  private GenerationState.Change carriedOut(Command edit) {
    if (edit instanceof UnreadableEdit unreadable) {
      return state.refuse(unreadable.id(), unreadable.field(), unreadable.message());
    }
    var readable = (Edit) edit;
    return state.edit(readable.id(), readable.base(), readable.edit(), inFlight);
  }

  private Behavior<Command> onNoMoreEdits() {
    return goOnAfter(state.closeEdits());
  }

  private Behavior<Command> goOnAfter(GenerationState.Change change) {
    tell(change);
    return inFlight || !begun ? stopIfDone() : goOn();
  }

  /** Asks for the next step, rests or ends; nothing is in flight. */
  private Behavior<Command> goOn() {
    held = false;
    if (!state.settled()) {
      timers.cancel(IDLE);
      return state.done() ? stopIfDone() : outlet.full() ? hold() : askForWork(true);
    }
    turns.rest();
    timers.startSingleTimer(IDLE, new IdleTooLong(), terms.editIdleTimeout());
    return this;
  }

  /** Takes no step until the subscriber has taken more. */
  private Behavior<Command> hold() {
    held = true;
    turns.rest();
    return this;
  }

  private Behavior<Command> onTaken(Taken taken) {
    outlet.taken(taken.bytes());
    return held && !outlet.full() ? goOn() : this;
  }

  private Behavior<Command> stopIfDone() {
    if (state.done()) {
      ended = true;
      return Behaviors.stopped();
    }
    return this;
  }

  private Behavior<Command> onStepFailed(StepFailed failed) {
    return state.mending()
        ? giveUpMending(Verification.Verdict.UNAVAILABLE)
        : fail(failed.failure());
  }

  /** The draft is a text by itself: better that than none. */
  private Behavior<Command> giveUpMending(Verification.Verdict why) {
    if (state.mending()) {
      tell(state.giveUpMending(why));
    }
    return stopIfDone();
  }

  private Behavior<Command> onTimeUsedUp(TimeUsedUp used) {
    if (state.mending()) {
      return giveUpMending(Verification.Verdict.LATE);
    }
    var most = terms.limits().maxTime().orElseThrow().toMillis();
    return fail(
        Refusal.DEADLINE, "the text was not finished within limits.max_time_ms (" + most + ")");
  }

  private Behavior<Command> onCacheLost(CacheLost lost) {
    inFlight = false; // what it asked for is not computed; an edit may have left nothing to ask for
    state = state.askingAnew();
    rebuilding = state.rebuilding();
    return state.done() || state.settled() ? goOn() : askForWork(false);
  }

  private Behavior<Command> onSubscriberGone(SubscriberGone gone) {
    ended = true;
    return Behaviors.stopped();
  }

  private Behavior<Command> onPostStop() {
    if (!ended) {
      fail(Refusal.UNAVAILABLE, "the server stopped before the text was finished");
    }
    return this;
  }

  private Behavior<Command> askForWork(boolean cached) {
    var work = state.work(id, cached);
    inFlight = true;
    boolean verifies = state.progress().asksVerifier();
    if (verifies && state.mending()) {
      timers.startSingleTimer(VERIFIER, new VerifierLate(), terms.verifierTimeout());
    }
    turns.ask(work, verifies, getContext().getSelf());
    return this;
  }

  private void tell(GenerationState.Change change) {
    state = change.state();
    change.events().forEach(outlet::tell);
  }

  private Behavior<Command> fail(Refusal refusal, String message) {
    return fail(new Failure(refusal, "", message));
  }

  private Behavior<Command> fail(Failure failure) {
    ended = true;
    outlet.tell(
        new Failed(
            state.events() + 1,
            failure.refusal(),
            failure.field(),
            failure.message(),
            failure.retryAfter()));
    return Behaviors.stopped();
  }
}
