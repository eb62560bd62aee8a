package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Failed;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import java.time.Duration;
import java.time.InstantSource;
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
 *     │                    │ ▲ └─── the cache was lost: asks for what fills it again
 *     │                    └─┘ stepped
 *     └──────────┬─────────┘
 *                └── cancelled, deadline, a limit that is used up, a failed step, displaced from
 *                    the queue, a server that stops ──▶ ended: Failed
 *                └── the subscriber is gone ──▶ ended: nobody to tell
 * </pre>
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

  private record SubscriberGone() implements Command {}

  private final TimerScheduler<Command> timers;
  private final long id;
  private final SessionTerms terms;
  private final ActorRef<BatchScheduler.Command> scheduler;
  private final ActorRef<GenerationEvent> subscriber;
  private final InstantSource clock;
  private GenerationState state;
  private boolean rebuilding;
  private boolean ended;

  /**
   * A session that waits for {@link Admitted}, then for {@link Begin}.
   *
   * @param id its name within this node's life; also that of its cached sequence
   * @param terms when it gives up, and how it stands among others
   */
  static Behavior<Command> create(
      long id,
      GenerationState start,
      SessionTerms terms,
      ActorRef<BatchScheduler.Command> scheduler,
      ActorRef<GenerationEvent> subscriber,
      InstantSource clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new GenerationSession(
                        context, timers, id, start, terms, scheduler, subscriber, clock)));
  }

  private GenerationSession(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      long id,
      GenerationState start,
      SessionTerms terms,
      ActorRef<BatchScheduler.Command> scheduler,
      ActorRef<GenerationEvent> subscriber,
      InstantSource clock) {
    super(context);
    this.timers = timers;
    this.id = id;
    this.state = start;
    this.terms = terms;
    this.scheduler = scheduler;
    this.subscriber = subscriber;
    this.clock = clock;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Admitted.class, this::onAdmitted)
        .onMessage(Begin.class, this::onBegin)
        .onMessage(Stepped.class, this::onStepped)
        .onMessage(CacheLost.class, this::onCacheLost)
        .onMessage(StepFailed.class, failed -> fail(failed.failure()))
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
    getContext().watchWith(subscriber, new SubscriberGone());
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
    tell(state.begin());
    return askForWork(true);
  }

  private Behavior<Command> onStepped(Stepped stepped) {
    if (rebuilding) {
      rebuilding = false;
      return askForWork(true);
    }
    GenerationState.Change change;
    try {
      change = state.advance(stepped.outcome(), clock.instant());
    } catch (RuntimeException e) {
      fail(Refusal.INTERNAL, "decoding failed at this step");
      throw e;
    }
    tell(change);
    if (state.done()) {
      ended = true;
      return Behaviors.stopped();
    }
    var most = terms.limits().maxSteps();
    if (most.isPresent() && state.progress().steps() >= most.getAsInt()) {
      var message = "the text was not finished within limits.max_steps (" + most.getAsInt() + ")";
      return fail(new Failure(Refusal.LIMIT, "limits.max_steps", message));
    }
    return askForWork(true);
  }

  private Behavior<Command> onTimeUsedUp(TimeUsedUp used) {
    var most = terms.limits().maxTime().orElseThrow().toMillis();
    return fail(
        Refusal.DEADLINE, "the text was not finished within limits.max_time_ms (" + most + ")");
  }

  private Behavior<Command> onCacheLost(CacheLost lost) {
    rebuilding = state.rebuilding();
    return askForWork(false);
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
    scheduler.tell(new BatchScheduler.Ready(id, getContext().getSelf(), work, terms.priority()));
    return this;
  }

  private void tell(GenerationState.Change change) {
    state = change.state();
    change.events().forEach(subscriber::tell);
  }

  private Behavior<Command> fail(Refusal refusal, String message) {
    return fail(new Failure(refusal, "", message));
  }

  private Behavior<Command> fail(Failure failure) {
    ended = true;
    subscriber.tell(
        new Failed(
            state.events() + 1,
            failure.refusal(),
            failure.field(),
            failure.message(),
            failure.retryAfter()));
    return Behaviors.stopped();
  }
}
