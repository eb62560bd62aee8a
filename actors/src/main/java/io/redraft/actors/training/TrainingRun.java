package io.redraft.actors.training;

import com.typesafe.config.Config;
import io.redraft.model.train.curriculum.StagedRun;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EffectBuilder;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * One training run, from its first stage to the finished model. What happened is journalled, and
 * what is to be done follows from the journal and the run's folder alone: whoever comes to life
 * with them, after a restart or in another process, goes on with the first stage that the folder
 * does not have, from its newest checkpoint.
 *
 * <pre>
 *                  ┌───────────────── resume ──────────────────┐
 *                  ▼                                           │
 *   NEW ────▶ RUNNING ── pause ──▶ PAUSED ── stop ──▶ STOPPED ─┤
 *    │          │ │ └────────────── stop ───────────────▲      │
 *    │ refused  │ └─ a stage gave up ────────────▶ FAILED ─────┤
 *    ▼          └─ all stages committed, model ─▶ FINISHED ────┘
 *   told, and nothing is journalled
 *
 *   a stage:  ── opened ──▶ STARTED ── checkpoints ──▶ … ── committed ──▶ COMMITTED
 * </pre>
 *
 * <p>PAUSED and STOPPED are journalled when they are asked for, and told when the stage has left
 * with its checkpoint. Stages are trained one after another; each has one owner at a time, a {@link
 * StageCoordinator}. What the folder has and the journal has not is journalled; what the journal
 * has and the folder has not is trained again, since the folder is what the model is made of.
 *
 * <p>Strategy for its children: an owner or keeper that dies is <b>started anew</b>, an owner after
 * a wait and at most {@code restarts} times without a checkpoint. Of itself: it is restarted when
 * the journal cannot be written, three times; then it stops, since what it does would be lost.
 */
public final class TrainingRun
    extends EventSourcedBehavior<TrainingRun.Command, JournalledEvent, RunState> {
  /** What a run is asked. */
  public sealed interface Command {}

  /** End after the current step, with a checkpoint and a model; answered with how the run ended. */
  public record Stop(ActorRef<TrainingEvent.Ended> replyTo) implements Command {}

  /** Take no step after the current one until told to resume; what is held is freed. */
  public record Pause(ActorRef<RunAnswer> replyTo) implements Command {}

  /** Go on, after a pause or an end. */
  public record Resume(ActorRef<RunAnswer> replyTo) implements Command {}

  /**
   * Have a stage take another number of steps in all. A stage that is being trained takes it after
   * its current step, and fewer than were taken end it there.
   */
  public record SetSteps(int stage, long steps, ActorRef<RunAnswer> replyTo) implements Command {}

  /**
   * Tells where the run is, then which stage is open and how the run ended, if that is so, then
   * everything that happens, until the watcher stops.
   *
   * @param after tell everything that was told after the event of this number instead, as far as it
   *     is kept ({@link RecentEvents}); 0 is the run's begin in this process
   */
  public record Watch(ActorRef<RunEvent> watcher, ActorRef<RunState> replyTo, OptionalLong after)
      implements Command {}

  /** Be forgotten here, where the run has ended; its journal and its folder stay. */
  record LetGo(ActorRef<RunAnswer> replyTo) implements Command {}

  /** Asks where the run is. */
  public record GetState(ActorRef<RunState> replyTo) implements Command {}

  /** From a stage: its session is open. */
  record Opened(int stage, TrainingEvent.Opened event) implements Command {}

  /** From a stage: something to tell. */
  record News(TrainingEvent event) implements Command {}

  /** From a stage: it holds until the number of steps that it was asked for is journalled. */
  record Holding(int stage, long taken, long steps) implements Command {}

  /** From a stage: it has left with a checkpoint, as it was told. */
  record Left(int stage, long step) implements Command {}

  /** From a stage: it cannot go on. */
  record GaveUp(int stage, TrainingEvent.Ended why) implements Command {}

  /** From the keeper: a checkpoint is whole. */
  record Saved(int stage, long step) implements Command {}

  /** From the keeper: a stage's layers lie in the folder, and all that it builds upon. */
  record Commit(int stage, long step) implements Command {}

  private record Begin() implements Command {}

  record TimeIsOver() implements Command {}

  /** To itself: somebody who was watched is gone. */
  record Gone(ActorRef<Void> who) implements Command {}

  /** To itself: the wait after a death is over. */
  record BeginAgain() implements Command {}

  /** To itself: what stages should do is to be said again. */
  record Nudge() implements Command {}

  /** To itself: the model lies in a folder, or cannot be made. */
  record Completed(String folder, Optional<Throwable> failure) implements Command {
    static Completed of(String folder, Throwable failure) {
      return new Completed(folder, Optional.ofNullable(failure));
    }
  }

  /** To itself: stop, since there never was a run. */
  record Vanish() implements Command {}

  private static final int SNAPSHOT_EVERY = 10;

  private final ActorContext<Command> context;
  private final RunJournal journal;
  private final RunLifecycle lifecycle;
  private final StageReports stages;
  private final UserRequests users;
  private boolean begun;

  /**
   * Begins a run, or goes on with one.
   *
   * @param id what its journal knows it by
   * @param resume whether to go on from checkpoints and ends of an earlier process
   * @param subscriber told of everything that happens
   */
  public static Behavior<Command> create(
      String id,
      TrainingRunSettings settings,
      StagedRun run,
      RunJournal journal,
      boolean resume,
      ActorRef<RunEvent> subscriber) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new TrainingRun(
                        id, context, timers, settings, run, journal, resume, subscriber)));
  }

  private TrainingRun(
      String id,
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      TrainingRunSettings settings,
      StagedRun run,
      RunJournal journal,
      boolean resume,
      ActorRef<RunEvent> subscriber) {
    super(
        PersistenceId.ofUniqueId("training-run|" + id),
        SupervisorStrategy.restartWithBackoff(settings.backoff(), settings.maxBackoff(), 0)
            .withMaxRestarts(3));
    this.context = context;
    this.journal = journal;
    var live = new LiveRun(context, settings, run);
    this.lifecycle = new RunLifecycle(context, timers, settings, run, live, resume);
    this.stages = new StageReports(lifecycle, live);
    this.users = new UserRequests(context, lifecycle, live);
    live.audience().add(subscriber);
    lifecycle.limitTime();
  }

  @Override
  public String journalPluginId() {
    return journal.events();
  }

  @Override
  public String snapshotPluginId() {
    return journal.snapshots();
  }

  @Override
  public Optional<Config> journalPluginConfig() {
    return journal.plugins();
  }

  @Override
  public Optional<Config> snapshotPluginConfig() {
    return journal.plugins();
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, 2).withDeleteEventsOnSnapshot();
  }

  @Override
  public RunState emptyState() {
    return RunState.EMPTY;
  }

  @Override
  public EventHandler<RunState, JournalledEvent> eventHandler() {
    return RunState::apply;
  }

  @Override
  public SignalHandler<RunState> signalHandler() {
    var self = context.getSelf();
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), state -> reborn())
        // Not at once: what somebody said before it went is still on its way.
        .onSignal(Terminated.class, (state, gone) -> self.tell(new Gone(gone.getRef())))
        .build();
  }

  /** After a failure of the journal this object lives on, but nobody below it does. */
  private void reborn() {
    lifecycle.forget();
    begun = false;
    context.getSelf().tell(new Begin());
  }

  @Override
  public CommandHandler<Command, JournalledEvent, RunState> commandHandler() {
    var builder = newCommandHandlerBuilder();
    builder
        .forState(
            state -> !begun) // what is asked of a run that wakes up is asked of what it is then
        .onCommand(Begin.class, (state, begin) -> onBegin(state))
        .onAnyCommand((state, early) -> Effect().stash());
    builder
        .forAnyState()
        .onCommand(Opened.class, with(stages::onOpened))
        .onCommand(News.class, with(stages::onNews))
        .onCommand(Saved.class, with(stages::onSaved))
        .onCommand(Commit.class, with(stages::onCommit))
        .onCommand(Holding.class, with(stages::onHolding))
        .onCommand(Left.class, with(stages::onLeft))
        .onCommand(GaveUp.class, with(stages::onGaveUp))
        .onCommand(Gone.class, with(stages::onGone))
        .onCommand(BeginAgain.class, with((state, again) -> Reaction.then(lifecycle::advance)))
        .onCommand(Completed.class, with(lifecycle::completed))
        .onCommand(Vanish.class, (state, vanish) -> Effect().stop())
        .onCommand(Nudge.class, with((state, nudge) -> lifecycle.nudge(state)))
        .onCommand(TimeIsOver.class, with((state, over) -> lifecycle.stop(state)))
        .onCommand(Stop.class, with(users::onStop))
        .onCommand(Pause.class, with(users::onPause))
        .onCommand(Resume.class, with(users::onResume))
        .onCommand(SetSteps.class, with(users::onSetSteps))
        .onCommand(Watch.class, with(users::onWatch))
        .onCommand(LetGo.class, this::onLetGo)
        .onCommand(GetState.class, with(users::onGetState));
    return builder.build();
  }

  private <C extends Command> BiFunction<RunState, C, Effect<JournalledEvent, RunState>> with(
      BiFunction<RunState, C, Reaction> handler) {
    return (state, command) -> effect(handler.apply(state, command));
  }

  private EffectBuilder<JournalledEvent, RunState> effect(Reaction reaction) {
    var events = reaction.events();
    var effect = events.isEmpty() ? Effect().none() : Effect().persist(events);
    return effect.thenRun(reaction.afterwards()::accept);
  }

  private Effect<JournalledEvent, RunState> onBegin(RunState state) {
    begun = true;
    return effect(lifecycle.begin(state)).thenUnstashAll();
  }

  private Effect<JournalledEvent, RunState> onLetGo(RunState state, LetGo letGo) {
    return users.mayLetGo(state, letGo) ? Effect().stop() : Effect().none();
  }
}
