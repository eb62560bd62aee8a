package io.redraft.actors.serving;

import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.EditLimits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * The front of serving: it admits or refuses requests, gives each admitted one a {@link
 * GenerationSession}, and knows whether the node can serve at all.
 *
 * <pre>
 *   LOADING ── device up ──▶ READY ◀── device up ── UNAVAILABLE
 *      └── device down ────────┼── device down ────────▲ │
 *                              └── drain ──▶ DRAINING ◀──┘   (also from LOADING)
 * </pre>
 *
 * <p>DRAINING ends when the last session has; those that outlive the drain timeout are ended with
 * {@code UNAVAILABLE}.
 *
 * <p>Its children and what happens when one fails: a session is stopped and its place given to the
 * next; the {@link DeviceExecutor} is restarted; the {@link BatchScheduler} takes this actor with
 * it, since sessions that it forgot would wait for ever.
 *
 * <p>Supervision: <b>restart</b>, by the guardian. All children end first, every open session
 * telling its client so, and the model is loaded again.
 */
public final class Serving extends AbstractBehavior<Serving.Command> {
  /** What serving is asked. */
  public sealed interface Command {}

  /**
   * A text is asked for. The answer goes to {@code replyTo}; if it is admitted, events go to {@code
   * subscriber}, whose end ends the session.
   *
   * @param edits whether the session takes {@link GenerationSession.Edit}
   */
  public record Generate(
      GenerationRequest request,
      Edits edits,
      ActorRef<GenerationEvent> subscriber,
      ActorRef<Admission> replyTo)
      implements Command {
    /** A text that is not edited. */
    public Generate(
        GenerationRequest request,
        ActorRef<GenerationEvent> subscriber,
        ActorRef<Admission> replyTo) {
      this(request, Edits.NONE, subscriber, replyTo);
    }
  }

  /** Asks for the phase now and for every change from now on. */
  public record WatchPhase(ActorRef<ServingPhase> watcher) implements Command {}

  /** No text waits for edits any more, now or later: each is finished as soon as it has no mask. */
  public record EndEdits() implements Command {}

  /** Asks for the end of serving: no new request, an answer when the last one has ended. */
  public record Drain(ActorRef<Drained> replyTo) implements Command {}

  /** Nothing is in flight any more, and nothing will be. */
  public record Drained() {}

  private record Device(DeviceExecutor.Report report) implements Command {}

  private record SessionEnded(long session) implements Command {}

  private record WatcherGone(ActorRef<ServingPhase> watcher) implements Command {}

  private record DrainTimeout() implements Command {}

  private final ServingSettings settings;
  private final InstantSource clock;
  private final TimerScheduler<Command> timers;
  private final ActorRef<BatchScheduler.Command> scheduler;
  private final Places places;
  private final Map<Long, ActorRef<GenerationSession.Command>> sessions = new HashMap<>();
  private final List<ActorRef<ServingPhase>> watchers;
  private final List<ActorRef<Drained>> drainers = new ArrayList<>();
  private ServingPhase phase = new ServingPhase.Loading();
  private long lastSession;
  private boolean editsEnded;

  /** Serving that begins to load its model at once. */
  public static Behavior<Command> create(
      ServingSettings settings, ModelLoader loader, InstantSource clock) {
    // Of a life before a restart only this is kept: whoever watches the node's health goes on to.
    var watchers = new ArrayList<ActorRef<ServingPhase>>();
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Serving(context, timers, settings, loader, clock, watchers)));
  }

  private Serving(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ServingSettings settings,
      ModelLoader loader,
      InstantSource clock,
      List<ActorRef<ServingPhase>> watchers) {
    super(context);
    this.watchers = watchers;
    this.settings = settings;
    this.clock = clock;
    this.timers = timers;
    this.places = new Places(settings.maxSessions(), settings.maxQueued());
    this.scheduler = context.spawn(BatchScheduler.create(settings), "scheduler");
    context.watch(scheduler); // unhandled on purpose: its end is this actor's end
    var reports = context.messageAdapter(DeviceExecutor.Report.class, Device::new);
    var device =
        context.spawn(
            Behaviors.supervise(DeviceExecutor.create(settings, loader, scheduler, reports))
                .onFailure(SupervisorStrategy.restart().withLimit(10, Duration.ofMinutes(1))),
            "device",
            settings.deviceThread());
    context.watch(device); // likewise
    watchers.forEach(this::tellPhase);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Generate.class, this::onGenerate)
        .onMessage(SessionEnded.class, this::onSessionEnded)
        .onMessage(Device.class, this::onDevice)
        .onMessage(WatchPhase.class, this::onWatchPhase)
        .onMessage(WatcherGone.class, this::onWatcherGone)
        .onMessage(EndEdits.class, end -> endEdits())
        .onMessage(Drain.class, this::onDrain)
        .onMessage(DrainTimeout.class, this::onDrainTimeout)
        .build();
  }

  private Behavior<Command> onGenerate(Generate generate) {
    var request = generate.request();
    Optional<Admission.Refused> refusal;
    try {
      refusal =
          phase instanceof ServingPhase.Ready ready
              ? unfit(request, ready.model()).or(() -> open(generate, ready.model()))
              : Optional.of(notNow());
    } catch (InvalidInputException e) {
      refusal = Optional.of(refused(Refusal.INVALID, e.field(), e.getMessage()));
    }
    refusal.ifPresent(generate.replyTo()::tell);
    return this;
  }

  private Optional<Admission.Refused> unfit(GenerationRequest request, ModelInfo model) {
    if (!request.model().isEmpty() && !request.model().equals(model.name())) {
      var message = "model is " + request.model() + "; allowed: " + model.name();
      return Optional.of(refused(Refusal.NOT_FOUND, "model", message));
    }
    if (request.deadline().filter(deadline -> !deadline.isAfter(clock.instant())).isPresent()) {
      var message = "the deadline had passed before the request arrived";
      return Optional.of(refused(Refusal.DEADLINE, "", message));
    }
    return Optional.empty();
  }

  /** Opens a session and tells the client so, or says why not. */
  private Optional<Admission.Refused> open(Generate generate, ModelInfo model) {
    var request = generate.request();
    var network = model.network();
    var plan = DecodePlan.of(request.segments(), network, request.options(), request.seed());
    var start = GenerationState.start(plan, network.attention(), request.draftInterval());
    if (generate.edits() != Edits.NONE) {
      start =
          start.editable(
              EditLimits.of(network), generate.edits() == Edits.KEPT_OPEN && !editsEnded);
    }
    long id = lastSession + 1;
    var arrival = places.arrive(id);
    if (arrival == Places.Arrival.REFUSED) {
      return Optional.of(full());
    }
    lastSession = id;
    var session =
        getContext()
            .spawn(
                GenerationSession.create(
                    id,
                    start,
                    request.deadline().orElse(null),
                    scheduler,
                    generate.subscriber(),
                    clock,
                    settings.editIdleTimeout()),
                "session-" + id);
    getContext().watchWith(session, new SessionEnded(id));
    sessions.put(id, session);
    generate.replyTo().tell(new Admission.Admitted(session, model));
    session.tell(new GenerationSession.Admitted());
    if (arrival == Places.Arrival.BEGINS) {
      session.tell(new GenerationSession.Begin());
    }
    return Optional.empty();
  }

  private Admission.Refused full() {
    var message =
        "the server is at its limit of %d requests and %d waiting"
            .formatted(settings.maxSessions(), settings.maxQueued());
    return new Admission.Refused(Refusal.OVERLOADED, "", message, settings.retryAfter());
  }

  private Admission.Refused notNow() {
    var message =
        phase instanceof ServingPhase.Draining
            ? "the server is shutting down"
            : phase instanceof ServingPhase.Loading
                ? "the model is being loaded"
                : "the model is not available";
    return new Admission.Refused(Refusal.UNAVAILABLE, "", message, settings.retryAfter());
  }

  private static Admission.Refused refused(Refusal refusal, String field, String message) {
    return new Admission.Refused(refusal, field, message, Duration.ZERO);
  }

  private Behavior<Command> onSessionEnded(SessionEnded ended) {
    sessions.remove(ended.session());
    places
        .leave(ended.session())
        .ifPresent(next -> sessions.get(next).tell(new GenerationSession.Begin()));
    return tellIfDrained();
  }

  private Behavior<Command> onDevice(Device device) {
    if (phase instanceof ServingPhase.Draining) {
      return this;
    }
    if (device.report() instanceof DeviceExecutor.Up up) {
      enter(new ServingPhase.Ready(up.model()));
    } else if (device.report() instanceof DeviceExecutor.Down down) {
      enter(new ServingPhase.Unavailable(down.failure().field(), down.failure().message()));
    }
    return this;
  }

  private void enter(ServingPhase next) {
    if (!next.equals(phase)) {
      phase = next;
      watchers.forEach(watcher -> watcher.tell(next));
    }
  }

  private Behavior<Command> onWatchPhase(WatchPhase watch) {
    watchers.add(watch.watcher());
    tellPhase(watch.watcher());
    return this;
  }

  private void tellPhase(ActorRef<ServingPhase> watcher) {
    getContext().watchWith(watcher, new WatcherGone(watcher));
    watcher.tell(phase);
  }

  private Behavior<Command> onWatcherGone(WatcherGone gone) {
    watchers.remove(gone.watcher());
    return this;
  }

  private Behavior<Command> endEdits() {
    editsEnded = true;
    sessions.values().forEach(session -> session.tell(new GenerationSession.EndEdits()));
    return this;
  }

  private Behavior<Command> onDrain(Drain drain) {
    drainers.add(drain.replyTo());
    if (!(phase instanceof ServingPhase.Draining)) {
      enter(new ServingPhase.Draining());
      endEdits();
      timers.startSingleTimer(new DrainTimeout(), settings.drainTimeout());
    }
    return tellIfDrained();
  }

  private Behavior<Command> onDrainTimeout(DrainTimeout timeout) {
    var failure = new Failure(Refusal.UNAVAILABLE, "", "the server is shutting down");
    sessions.values().forEach(session -> session.tell(new GenerationSession.Abort(failure)));
    return this;
  }

  private Behavior<Command> tellIfDrained() {
    if (phase instanceof ServingPhase.Draining && sessions.isEmpty()) {
      drainers.forEach(drainer -> drainer.tell(new Drained()));
      drainers.clear();
    }
    return this;
  }
}
