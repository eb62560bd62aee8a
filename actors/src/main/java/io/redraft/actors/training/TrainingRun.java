package io.redraft.actors.training;

import io.redraft.model.train.TrainingSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * One training run, kept alive: it starts a {@link TrainingWorker} on the device's thread and, when
 * that one dies, another that goes on from the last checkpoint.
 *
 * <pre>
 *                ┌──────── wait over ─────────┐
 *                ▼                            │
 *   (start) ─▶ TRAINING ── worker died ──▶ WAITING
 *                │  │                         │
 *      all steps │  │ asked to stop,          │ asked to stop, or
 *      taken, or │  │ or time is over         │ no restart left
 *      refused   │  ▼                         │
 *                │ STOPPING ── checkpoint ──┐ │
 *                ▼                          ▼ ▼
 *              ENDED  ◀────────────────────────
 * </pre>
 *
 * <p>Strategy: a worker's death is followed by a <b>restart from the last checkpoint</b> after a
 * wait that doubles, since what kills a worker (a driver's hiccup, a device that another process
 * fills) often passes; a failure that comes back at once, without one checkpoint in between, is in
 * the run itself, so the number of restarts is bounded, and a new checkpoint resets it. Refused
 * input, a disk that takes no more and a run gone wrong end it at once. An ended run stays, to say
 * so to whoever asks it to stop.
 */
public final class TrainingRun extends AbstractBehavior<TrainingRun.Command> {
  /** What a run is asked. */
  public sealed interface Command {}

  /** End after the current step, with a checkpoint and a model; answered with how the run ended. */
  public record Stop(ActorRef<TrainingEvent.Ended> replyTo) implements Command {}

  private record Told(TrainingEvent event) implements Command {}

  private record StartAgain() implements Command {}

  private record TimeIsOver() implements Command {}

  private final TrainingRunSettings settings;
  private final TrainingSession.Opener opener;
  private final ActorRef<TrainingEvent> subscriber;
  private final TimerScheduler<Command> timers;
  private final List<ActorRef<TrainingEvent.Ended>> waiting = new ArrayList<>();
  private ActorRef<TrainingWorker.Command> worker;
  private Optional<TrainingEvent.Ended> ended = Optional.empty();
  private boolean stopping;
  private int attempts;
  private long lastCheckpoint = -1;

  /**
   * Begins a run.
   *
   * @param resume whether to go on from a checkpoint of an earlier process
   * @param subscriber told of everything that happens
   */
  public static Behavior<Command> create(
      TrainingRunSettings settings,
      TrainingSession.Opener opener,
      boolean resume,
      ActorRef<TrainingEvent> subscriber) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  var run = new TrainingRun(context, timers, settings, opener, subscriber);
                  settings
                      .timeLimit()
                      .ifPresent(limit -> timers.startSingleTimer(new TimeIsOver(), limit));
                  return run.start(resume);
                }));
  }

  private TrainingRun(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      TrainingRunSettings settings,
      TrainingSession.Opener opener,
      ActorRef<TrainingEvent> subscriber) {
    super(context);
    this.timers = timers;
    this.settings = settings;
    this.opener = opener;
    this.subscriber = subscriber;
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Told.class, told -> onTold(told.event()))
        .onMessage(Stop.class, this::onStop)
        .onMessage(TimeIsOver.class, over -> stop())
        .onMessage(StartAgain.class, again -> onStartAgain())
        .onSignal(ChildFailed.class, this::onWorkerDied)
        .onSignal(Terminated.class, gone -> this)
        .build();
  }

  private Behavior<Command> start(boolean resume) {
    var told = getContext().messageAdapter(TrainingEvent.class, Told::new);
    worker =
        getContext()
            .spawnAnonymous(
                TrainingWorker.create(opener, resume, told),
                DispatcherSelector.fromConfig(settings.deviceThread()));
    getContext().watch(worker);
    return this;
  }

  private Behavior<Command> onTold(TrainingEvent event) {
    if (event instanceof TrainingEvent.Ended end) {
      return end(
          end instanceof TrainingEvent.Failed failed
              ? new TrainingEvent.Failed(failed.reason(), lastCheckpoint)
              : end);
    }
    if (event instanceof TrainingEvent.Opened opened && opened.firstStep() > 0) {
      lastCheckpoint = Math.max(lastCheckpoint, opened.firstStep());
    }
    if (event instanceof TrainingEvent.Checkpointed checkpoint
        && checkpoint.step() > lastCheckpoint) {
      lastCheckpoint = checkpoint.step();
      attempts = 0;
    }
    subscriber.tell(event);
    return this;
  }

  private Behavior<Command> onStop(Stop stop) {
    if (ended.isPresent()) {
      stop.replyTo().tell(ended.get());
      return this;
    }
    waiting.add(stop.replyTo());
    return stop();
  }

  private Behavior<Command> stop() {
    if (ended.isPresent() || stopping) {
      return this;
    }
    stopping = true;
    if (timers.isTimerActive(StartAgain.class)) {
      timers.cancel(StartAgain.class);
      return end(new TrainingEvent.Stopped(Math.max(0, lastCheckpoint)));
    }
    worker.tell(new TrainingWorker.Stop());
    return this;
  }

  private Behavior<Command> onWorkerDied(ChildFailed failed) {
    var reason = reason(failed.cause());
    getContext().getLog().warn("Training worker died", failed.cause());
    if (ended.isPresent()) {
      return this; // it died while it freed what it held
    }
    if (stopping || attempts == settings.restarts()) {
      return end(new TrainingEvent.Failed(reason, lastCheckpoint));
    }
    attempts++;
    var wait = settings.wait(attempts);
    subscriber.tell(new TrainingEvent.Restarting(reason, attempts, settings.restarts(), wait));
    timers.startSingleTimer(StartAgain.class, new StartAgain(), wait);
    return this;
  }

  private Behavior<Command> onStartAgain() {
    // What the worker before has checkpointed is this run's own, whatever it was begun with.
    return start(true);
  }

  private Behavior<Command> end(TrainingEvent.Ended end) {
    ended = Optional.of(end);
    timers.cancelAll();
    subscriber.tell(end);
    waiting.forEach(asker -> asker.tell(end));
    waiting.clear();
    return this;
  }

  private static String reason(Throwable cause) {
    var message = cause.getMessage();
    var first = message == null ? "" : ": " + message.strip().lines().findFirst().orElse("");
    return cause.getClass().getSimpleName() + first;
  }
}
