package io.redraft.actors.serving;

import io.redraft.actors.admission.Claim;
import io.redraft.actors.admission.Places;
import io.redraft.actors.admission.RetryDelay;
import io.redraft.actors.serving.GenerationEvent.Refusal;
import io.redraft.model.InvalidInputException;
import io.redraft.model.decode.DecodePlan;
import io.redraft.model.decode.EditLimits;
import io.redraft.model.decode.VerifierSequence;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
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
 * <p>Who begins, who waits and who is turned away is decided by {@link Places}.
 *
 * <p>DRAINING ends when the last session has. Those that wait are ended at once and those that
 * outlive the drain timeout then, both with {@code UNAVAILABLE}.
 *
 * <p>Its children and what happens when one fails: a session is stopped and its place given to the
 * next; a {@link DeviceExecutor} is restarted; a {@link BatchScheduler} takes this actor with it,
 * since sessions that it forgot would wait for ever. A {@link Verifier} has one of each.
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

  /** A pass was computed: so many tokens for each of these sessions. */
  record Computed(Map<Long, Integer> tokens) implements Command {}

  private record Device(DeviceExecutor.Report report) implements Command {}

  private record VerifierDevice(DeviceExecutor.Report report) implements Command {}

  private record SessionEnded(long session) implements Command {}

  private record WatcherGone(ActorRef<ServingPhase> watcher) implements Command {}

  private record DrainTimeout() implements Command {}

  private final ServingSettings settings;
  private final InstantSource clock;
  private final TimerScheduler<Command> timers;
  private final ActorRef<BatchScheduler.Command> scheduler;
  private Optional<Verifier> verifier;
  private final Places places;
  private final RequestRules rules;
  private final RetryDelay retryDelay;
  private final Map<Long, ActorRef<GenerationSession.Command>> sessions = new HashMap<>();
  private final List<ActorRef<ServingPhase>> watchers;
  private final List<ActorRef<Drained>> drainers = new ArrayList<>();
  private ServingPhase phase = new ServingPhase.Loading();
  private Optional<ModelInfo> loaded = Optional.empty();
  private long lastSession;
  private boolean editsEnded;

  /** Serving that begins to load its model at once. */
  public static Behavior<Command> create(
      ServingSettings settings, ServedModels models, InstantSource clock) {
    // Of a life before a restart only this is kept: whoever watches the node's health goes on to.
    var watchers = new ArrayList<ActorRef<ServingPhase>>();
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Serving(context, timers, settings, models, clock, watchers)));
  }

  private Serving(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      ServingSettings settings,
      ServedModels models,
      InstantSource clock,
      List<ActorRef<ServingPhase>> watchers) {
    super(context);
    this.watchers = watchers;
    this.settings = settings;
    this.clock = clock;
    this.timers = timers;
    this.places = new Places(settings.admission());
    this.rules = new RequestRules(settings);
    this.retryDelay = new RetryDelay(settings.retryAfter());
    this.scheduler =
        DeviceLane.spawn(
            context, "", settings, models.model(), settings.deviceThread(), clock, Device::new);
    this.verifier =
        models
            .verifier()
            .map(
                loader ->
                    new Verifier(
                        DeviceLane.spawn(
                            context,
                            "verifier-",
                            settings,
                            loader,
                            settings.verifierThread(),
                            clock,
                            VerifierDevice::new)));
    watchers.forEach(this::tellPhase);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Generate.class, this::onGenerate)
        .onMessage(Computed.class, this::onComputed)
        .onMessage(SessionEnded.class, this::onSessionEnded)
        .onMessage(Device.class, this::onDevice)
        .onMessage(VerifierDevice.class, this::onVerifierDevice)
        .onMessage(WatchPhase.class, this::onWatchPhase)
        .onMessage(WatcherGone.class, this::onWatcherGone)
        .onMessage(EndEdits.class, end -> endEdits())
        .onMessage(Drain.class, this::onDrain)
        .onMessage(DrainTimeout.class, this::onDrainTimeout)
        .build();
  }

  private Behavior<Command> onGenerate(Generate generate) {
    Optional<Admission.Refused> refusal;
    try {
      refusal =
          phase instanceof ServingPhase.Ready ready
              ? rules
                  .unfit(generate.request(), ready.model(), clock.instant())
                  .or(() -> open(generate, ready.model()))
              : Optional.of(RequestRules.refused(rules.notNow(phase)));
    } catch (InvalidInputException e) {
      refusal = Optional.of(RequestRules.invalid(e));
    } catch (RuntimeException e) {
      // A bug: serving starts afresh without this request, so that nobody else would answer it.
      generate.replyTo().tell(RequestRules.refused(RequestRules.failed()));
      throw e;
    }
    refusal.ifPresent(generate.replyTo()::tell);
    return this;
  }

  /** Opens a session and tells the client so, or says why not. */
  private Optional<Admission.Refused> open(Generate generate, ModelInfo model) {
    var request = generate.request();
    var network = model.network();
    var plan = DecodePlan.of(request.segments(), network, request.options(), request.seed());
    rules.check(request, plan);
    var cannot = Verifier.check(verifier, plan, generate.edits());
    if (cannot.isPresent()) {
      return cannot.map(RequestRules::refused);
    }
    var start =
        GenerationState.start(
            plan,
            network.attention(),
            verifier.map(Verifier::sequence).orElse(VerifierSequence.NONE),
            request.draftInterval());
    if (generate.edits() != Edits.NONE) {
      start =
          start.editable(
              EditLimits.of(network), generate.edits() == Edits.KEPT_OPEN && !editsEnded);
    }
    long id = lastSession + 1;
    var now = clock.instant();
    var claim = new Claim(id, request.tenant(), request.priority(), plan.length(), now);
    var arrival = places.arrive(claim);
    if (!arrival.refused()) {
      lastSession = id;
      var session = spawn(id, start, generate);
      generate.replyTo().tell(new Admission.Admitted(session, model));
      session.tell(new GenerationSession.Admitted());
    }
    begin(arrival.begun(), now);
    var full = rules.full(retryDelay.hint(places.waiting(), now));
    abort(arrival.displaced(), full);
    return arrival.refused() ? Optional.of(RequestRules.refused(full)) : Optional.empty();
  }

  private ActorRef<GenerationSession.Command> spawn(
      long id, GenerationState start, Generate generate) {
    var request = generate.request();
    var terms =
        new SessionTerms(
            request.priority(),
            request.deadline(),
            request.limits().within(settings.limits()),
            settings.editIdleTimeout(),
            settings.verifierTimeout());
    var session =
        getContext()
            .spawn(
                GenerationSession.create(
                    id,
                    start,
                    terms,
                    new Schedulers(scheduler, verifier.map(Verifier::scheduler)),
                    generate.subscriber(),
                    clock,
                    settings.streams().maxUnread()),
                "session-" + id);
    getContext().watchWith(session, new SessionEnded(id));
    sessions.put(id, session);
    return session;
  }

  private void begin(List<Long> begun, Instant now) {
    for (var id : begun) {
      retryDelay.begins(now);
      sessions.get(id).tell(new GenerationSession.Begin());
    }
  }

  private void abort(Collection<Long> ids, Failure failure) {
    ids.forEach(id -> sessions.get(id).tell(new GenerationSession.Abort(failure)));
  }

  private Behavior<Command> onComputed(Computed computed) {
    computed.tokens().forEach(places::computed);
    return this;
  }

  private Behavior<Command> onSessionEnded(SessionEnded ended) {
    var now = clock.instant();
    sessions.remove(ended.session());
    boolean ran = places.runs(ended.session());
    var begun = places.leave(ended.session(), now);
    if (ran) {
      retryDelay.ends(now, places.running() == 0);
    }
    begin(begun, now);
    return tellIfDrained();
  }

  private Behavior<Command> onDevice(Device device) {
    if (phase instanceof ServingPhase.Draining) {
      return this;
    }
    if (device.report() instanceof DeviceExecutor.Up up) {
      loaded = Optional.of(up.model());
      readyOnceVerifierIsKnown();
    } else if (device.report() instanceof DeviceExecutor.Down down) {
      loaded = Optional.empty();
      enter(new ServingPhase.Unavailable(down.failure().field(), down.failure().message()));
    }
    return this;
  }

  private Behavior<Command> onVerifierDevice(VerifierDevice device) {
    verifier = verifier.map(known -> known.after(device.report()));
    if (device.report() instanceof DeviceExecutor.Down down) {
      getContext().getLog().warn("The verifier is not available: {}", down.failure().message());
    }
    if (!(phase instanceof ServingPhase.Draining)) {
      readyOnceVerifierIsKnown();
    }
    return this;
  }

  /** Texts may be asked for once it is known whether they can be verified. */
  private void readyOnceVerifierIsKnown() {
    if (verifier.map(Verifier::reported).orElse(true)) {
      loaded.ifPresent(model -> enter(new ServingPhase.Ready(model)));
    }
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
      abort(places.turnAwayWaiting(), rules.notNow(phase));
      endEdits();
      timers.startSingleTimer(new DrainTimeout(), settings.drainTimeout());
    }
    return tellIfDrained();
  }

  private Behavior<Command> onDrainTimeout(DrainTimeout timeout) {
    var failure = new Failure(Refusal.UNAVAILABLE, "", "the server is shutting down");
    abort(sessions.keySet(), failure);
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
