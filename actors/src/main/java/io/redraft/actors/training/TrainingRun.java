package io.redraft.actors.training;

import com.typesafe.config.Config;
import io.redraft.actors.training.JournalledEvent.RunFailed;
import io.redraft.actors.training.JournalledEvent.RunFinished;
import io.redraft.actors.training.JournalledEvent.RunPaused;
import io.redraft.actors.training.JournalledEvent.RunResumed;
import io.redraft.actors.training.JournalledEvent.RunStarted;
import io.redraft.actors.training.JournalledEvent.RunStopped;
import io.redraft.actors.training.JournalledEvent.StageCheckpointed;
import io.redraft.actors.training.JournalledEvent.StageCommitted;
import io.redraft.actors.training.JournalledEvent.StageStarted;
import io.redraft.actors.training.JournalledEvent.StepsChanged;
import io.redraft.actors.training.RunState.Status;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
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

  private record BeginAgain() implements Command {}

  private record Vanish() implements Command {}

  private record Nudge() implements Command {}

  private record TimeIsOver() implements Command {}

  private record Gone(ActorRef<Void> who) implements Command {}

  private record Completed(String folder, Optional<Throwable> failure) implements Command {}

  private static final int SNAPSHOT_EVERY = 10;

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final TrainingRunSettings settings;
  private final StagedRun run;
  private final RunJournal journal;
  private final boolean resume;
  private final Audience audience = new Audience();
  private StageOwners owners;
  private boolean resumeEnded;
  private final Set<Integer> done = new TreeSet<>();
  private Optional<TrainingEvent.Ended> why = Optional.empty();
  private Optional<TrainingEvent.Ended> ended = Optional.empty();
  private boolean begun;
  private boolean pauseTold;
  private boolean completing;
  private int deaths;

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
    this.timers = timers;
    this.settings = settings;
    this.run = run;
    this.journal = journal;
    this.resume = resume;
    this.resumeEnded = resume;
    this.owners = new StageOwners(context, settings, run);
    audience.add(subscriber);
    settings.timeLimit().ifPresent(limit -> timers.startSingleTimer(new TimeIsOver(), limit));
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
    owners.forget();
    owners = new StageOwners(context, settings, run);
    why = Optional.empty();
    ended = Optional.empty();
    begun = false;
    pauseTold = false;
    completing = false;
    context.getSelf().tell(new Begin());
  }

  @Override
  public CommandHandler<Command, JournalledEvent, RunState> commandHandler() {
    var builder = newCommandHandlerBuilder();
    builder
        .forState(
            state -> !begun) // what is asked of a run that wakes up is asked of what it is then
        .onCommand(Begin.class, (state, begin) -> onBegin(state).thenUnstashAll())
        .onAnyCommand((state, early) -> Effect().stash());
    builder
        .forAnyState()
        .onCommand(Opened.class, this::onOpened)
        .onCommand(News.class, (state, news) -> onNews(news.event()))
        .onCommand(Saved.class, this::onSaved)
        .onCommand(Commit.class, this::onCommit)
        .onCommand(Holding.class, this::onHolding)
        .onCommand(Left.class, this::onLeft)
        .onCommand(GaveUp.class, this::onGaveUp)
        .onCommand(Gone.class, this::onGone)
        .onCommand(BeginAgain.class, (state, again) -> then(List.of(), this::advance))
        .onCommand(Completed.class, this::onCompleted)
        .onCommand(Vanish.class, (state, vanish) -> Effect().stop())
        .onCommand(Nudge.class, (state, nudge) -> onNudge(state))
        .onCommand(TimeIsOver.class, (state, over) -> stop(state))
        .onCommand(Stop.class, this::onStop)
        .onCommand(Pause.class, this::onPause)
        .onCommand(Resume.class, this::onResume)
        .onCommand(SetSteps.class, this::onSetSteps)
        .onCommand(Watch.class, this::onWatch)
        .onCommand(LetGo.class, this::onLetGo)
        .onCommand(GetState.class, this::onGetState);
    return builder.build();
  }

  /** Journals events, if there are any, and does something once they are safe. */
  private EffectBuilder<JournalledEvent, RunState> then(
      List<JournalledEvent> events, Consumer<RunState> afterwards) {
    var effect = events.isEmpty() ? Effect().none() : Effect().persist(events);
    return effect.thenRun(afterwards::accept);
  }

  /** The run's start, where the journal does not have it, and further events. */
  private List<JournalledEvent> withStart(RunState state, JournalledEvent... further) {
    List<JournalledEvent> events = new ArrayList<>();
    if (state.status() == Status.NEW) {
      events.add(new RunStarted(StageOwners.planned(run)));
    }
    events.addAll(List.of(further));
    return events;
  }

  /** The same, and the stage's start: a word that was not heard must not be missing later. */
  private List<JournalledEvent> withStart(RunState state, int stage) {
    var events = withStart(state);
    if (!state.stage(stage).map(RunState.StageState::started).orElse(false)) {
      events.add(new StageStarted(stage));
    }
    return events;
  }

  // ---------------------------------------------------------------- beginning and going on

  private EffectBuilder<JournalledEvent, RunState> onBegin(RunState state) {
    begun = true;
    if (state.status() == Status.NEW || state.status() == Status.RUNNING) {
      return goOn(state, List.of(), context.getSystem().ignoreRef());
    }
    if (resumeEnded) {
      return goOn(state, List.of(new RunResumed()), context.getSystem().ignoreRef());
    }
    owners.keep(done);
    return then(List.of(), this::advance);
  }

  /** Compares the journal with the folder, then trains what is left. */
  private EffectBuilder<JournalledEvent, RunState> goOn(
      RunState state, List<JournalledEvent> first, ActorRef<RunAnswer> asker) {
    List<JournalledEvent> events = new ArrayList<>(first);
    List<Integer> missed = new ArrayList<>();
    done.clear();
    try {
      refuseOtherStages(state);
      done.addAll(run.committed());
    } catch (InvalidInputException refusal) {
      asker.tell(new RunAnswer.Refused(refusal.field(), refusal.getMessage()));
      return cannot(state, new TrainingEvent.Refused(refusal.field(), refusal.getMessage()));
    } catch (IOException e) {
      asker.tell(new RunAnswer.Refused("run.folder", e.getMessage()));
      return cannot(state, new TrainingEvent.Failed(e.getMessage(), state.lastCheckpoint()));
    }
    for (int number : done) {
      if (!state.stage(number).map(RunState.StageState::committed).orElse(false)) {
        missed.add(number);
      }
    }
    if (!missed.isEmpty()) {
      events.addAll(withStart(state));
      missed.forEach(number -> events.add(new StageCommitted(number, -1)));
    }
    return then(
        events,
        next -> {
          resumeEnded = false; // it was asked for once, by whoever started it
          accept(asker);
          owners.keep(done);
          missed.forEach(number -> tellCommitted(number, -1));
          owners.order(next);
          advance(next);
        });
  }

  private void refuseOtherStages(RunState state) {
    if (state.status() == Status.NEW) {
      return;
    }
    var before = state.stages().stream().map(stage -> stage.planned().name()).toList();
    var now = run.stages().stream().map(stage -> stage.name()).toList();
    if (!before.equals(now)) {
      throw InvalidInputException.of(
          "stages", now, before + ", which this run began with, or a new run.folder");
    }
  }

  /** Does what is next, whatever that is. */
  private void advance(RunState state) {
    if (!owners.none() || completing) {
      return; // whoever is at work says so when it has ended
    }
    switch (state.status()) {
      case NEW -> why.ifPresentOrElse(this::vanish, () -> train(state));
      case RUNNING -> why.ifPresentOrElse(this::end, () -> train(state));
      case PAUSED -> {
        if (!pauseTold) {
          pauseTold = true;
          audience.tell(new TrainingEvent.Paused(Math.max(0, state.lastCheckpoint())));
        }
      }
      case STOPPED -> end(new TrainingEvent.Stopped(Math.max(0, state.lastCheckpoint())));
      case FAILED ->
          end(why.orElseGet(() -> new TrainingEvent.Failed(state.note(), state.lastCheckpoint())));
      case FINISHED ->
          end(new TrainingEvent.Finished(Math.max(0, state.lastCheckpoint()), state.note()));
    }
  }

  private void train(RunState state) {
    if (timers.isTimerActive(BeginAgain.class)) {
      return;
    }
    var next = run.stages().stream().filter(stage -> !done.contains(stage.number())).findFirst();
    if (next.isEmpty()) {
      complete();
      return;
    }
    // Whatever checkpoints there are once a run has begun are its own.
    owners.begin(next.get(), state, resume || state.status() != Status.NEW);
    timers.startSingleTimer(Nudge.class, new Nudge(), settings.nudge());
  }

  private Effect<JournalledEvent, RunState> onNudge(RunState state) {
    if (!owners.none()) {
      owners.order(state);
      timers.startSingleTimer(Nudge.class, new Nudge(), settings.nudge());
    }
    return Effect().none();
  }

  // ---------------------------------------------------------------- what stages say

  private Effect<JournalledEvent, RunState> onOpened(RunState state, Opened opened) {
    int number = opened.stage();
    var events = withStart(state, number);
    var known = state.stage(number);
    var first = opened.event().firstStep();
    if (first > Math.max(0, known.map(RunState.StageState::checkpoint).orElse(0L))) {
      events.add(new StageCheckpointed(number, first));
    }
    known
        .map(RunState.StageState::steps)
        .filter(StepPlan::open)
        .ifPresent(plan -> events.add(new StepsChanged(number, first, plan.last(), false)));
    return then(
        events,
        next -> {
          audience.tell(opened.event());
          owners.order(next);
        });
  }

  private Effect<JournalledEvent, RunState> onNews(TrainingEvent event) {
    audience.tell(event);
    return Effect().none();
  }

  private Effect<JournalledEvent, RunState> onSaved(RunState state, Saved saved) {
    deaths = 0;
    return then(checkpointed(state, saved.stage(), saved.step()), next -> {});
  }

  private List<JournalledEvent> checkpointed(RunState state, int stage, long step) {
    var known = state.stage(stage).map(RunState.StageState::checkpoint).orElse(-1L);
    if (step <= known) {
      return new ArrayList<>();
    }
    var events = withStart(state, stage);
    events.add(new StageCheckpointed(stage, step));
    return events;
  }

  private Effect<JournalledEvent, RunState> onCommit(RunState state, Commit commit) {
    int number = commit.stage();
    boolean journalled = state.stage(number).map(RunState.StageState::committed).orElse(false);
    return then(
        journalled ? List.of() : withStart(state, new StageCommitted(number, commit.step())),
        next -> {
          if (done.add(number)) {
            tellCommitted(number, commit.step());
          }
          owners.withdraw(number, "stage " + number + " is committed");
          owners.committed(number);
          owners.dismiss(number);
        });
  }

  private void tellCommitted(int number, long step) {
    var stages = run.stages();
    var name = stages.get(number - 1).name();
    audience.tell(new TrainingEvent.Committed(number, stages.size(), name, step));
  }

  private Effect<JournalledEvent, RunState> onLeft(RunState state, Left left) {
    int number = left.stage();
    var events = checkpointed(state, number, left.step());
    if (owners.proposed(number).isPresent() && committedInFolder(number)) {
      owners.withdraw(number, "stage " + number + " is committed");
    }
    var from = Math.max(0, left.step());
    var change =
        owners
            .proposed(number)
            .map(proposal -> new StepsChanged(number, from, proposal.steps(), true));
    change.ifPresent(events::add);
    return then(
        events,
        next -> {
          change.ifPresent(this::changed);
          owners.dismiss(number);
        });
  }

  private Effect<JournalledEvent, RunState> onGaveUp(RunState state, GaveUp gaveUp) {
    owners.dismiss(gaveUp.stage());
    return cannot(state, gaveUp.why());
  }

  /** It ends, for a reason; one that has not begun leaves nothing in the journal. */
  private EffectBuilder<JournalledEvent, RunState> cannot(
      RunState state, TrainingEvent.Ended reason) {
    resumeEnded = false;
    why = Optional.of(withCheckpoint(state, reason));
    var text =
        reason instanceof TrainingEvent.Failed failed
            ? failed.reason()
            : ((TrainingEvent.Refused) reason).message();
    boolean known = state.status() == Status.NEW || state.status() == Status.FAILED;
    return then(
        known ? List.of() : List.of(new RunFailed(text)),
        next -> {
          owners.order(next);
          advance(next);
        });
  }

  private static TrainingEvent.Ended withCheckpoint(RunState state, TrainingEvent.Ended reason) {
    return reason instanceof TrainingEvent.Failed failed && failed.checkpoint() < 0
        ? new TrainingEvent.Failed(failed.reason(), state.lastCheckpoint())
        : reason;
  }

  private Effect<JournalledEvent, RunState> onGone(RunState state, Gone gone) {
    switch (owners.gone(gone.who())) {
      case STRANGER -> audience.remove(gone.who());
      case KEEPER -> {
        owners.keep(done);
        owners.order(state);
      }
      case OWNER -> {
        if (state.status() == Status.NEW || state.status() == Status.RUNNING) {
          return ownerDied(state);
        }
      }
      case DISMISSED -> {}
    }
    return then(
        List.of(),
        next -> {
          if (next.status() != Status.RUNNING) {
            owners.withdrawFromIdle("the stage has ended; ask again");
          }
          advance(next);
        });
  }

  private Effect<JournalledEvent, RunState> ownerDied(RunState state) {
    if (deaths == settings.restarts()) {
      return cannot(
          state, new TrainingEvent.Failed("the stage's coordinator died", state.lastCheckpoint()));
    }
    deaths++;
    timers.startSingleTimer(BeginAgain.class, new BeginAgain(), settings.wait(deaths));
    return Effect().none();
  }

  // ---------------------------------------------------------------- the end

  private void complete() {
    completing = true;
    var device =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig(settings.deviceThread()));
    context.pipeToSelf(
        CompletableFuture.supplyAsync(this::model, device),
        (folder, failure) -> new Completed(folder, Optional.ofNullable(failure)));
  }

  private String model() {
    try {
      return run.complete().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Effect<JournalledEvent, RunState> onCompleted(RunState state, Completed completed) {
    completing = false;
    if (state.status() != Status.RUNNING) {
      return then(List.of(), this::advance); // it was told otherwise meanwhile
    }
    if (completed.failure().isEmpty()) {
      return then(List.of(new RunFinished(completed.folder())), this::advance);
    }
    var cause = completed.failure().get();
    if (cause instanceof CompletionException wrapped) {
      cause = wrapped.getCause();
    }
    if (cause instanceof InvalidInputException refusal) {
      return cannot(state, new TrainingEvent.Refused(refusal.field(), refusal.getMessage()));
    }
    context.getLog().warn("The stages cannot be merged", cause);
    var told = cause instanceof UncheckedIOException io ? io.getCause() : cause;
    return cannot(state, new TrainingEvent.Failed(told.getMessage(), state.lastCheckpoint()));
  }

  /** A run that was refused before it began leaves nothing that could be asked or resumed. */
  private void vanish(TrainingEvent.Ended end) {
    end(end);
    context.getSelf().tell(new Vanish());
  }

  private void end(TrainingEvent.Ended end) {
    if (ended.isPresent()) {
      return;
    }
    ended = Optional.of(end);
    timers.cancelAll();
    audience.tell(end);
  }

  // ---------------------------------------------------------------- what users want

  private Effect<JournalledEvent, RunState> onStop(RunState state, Stop stop) {
    if (ended.isPresent()) {
      stop.replyTo().tell(ended.get());
      return Effect().none();
    }
    audience.awaitEnd(stop.replyTo());
    return stop(state);
  }

  private Effect<JournalledEvent, RunState> stop(RunState state) {
    return switch (state.status()) {
      case STOPPED, FAILED, FINISHED -> Effect().none(); // it ends already
      case NEW, RUNNING, PAUSED -> halt(state, new RunStopped(), next -> {});
    };
  }

  private Effect<JournalledEvent, RunState> halt(
      RunState state, JournalledEvent event, Consumer<RunState> afterwards) {
    timers.cancel(BeginAgain.class);
    return then(
        withStart(state, event),
        next -> {
          afterwards.accept(next);
          owners.order(next);
          advance(next);
        });
  }

  private Effect<JournalledEvent, RunState> onPause(RunState state, Pause pause) {
    return switch (state.status()) {
      case PAUSED -> answer(pause.replyTo());
      case NEW, RUNNING -> {
        if (ended.isPresent()) {
          yield refuse(pause.replyTo(), "run", "run was refused; allowed: one that trains");
        }
        pauseTold = false;
        yield halt(state, new RunPaused(), next -> accept(pause.replyTo()));
      }
      case STOPPED, FAILED, FINISHED ->
          refuse(pause.replyTo(), "run", "run is " + name(state) + "; allowed: one that trains");
    };
  }

  private Effect<JournalledEvent, RunState> onResume(RunState state, Resume resumed) {
    if (ended.isEmpty() && (state.status() == Status.NEW || state.status() == Status.RUNNING)) {
      return answer(resumed.replyTo());
    }
    ended = Optional.empty();
    why = Optional.empty();
    deaths = 0;
    audience.tell(new TrainingEvent.Resumed());
    return goOn(
        state,
        state.status() == Status.NEW ? List.of() : List.of(new RunResumed()),
        resumed.replyTo());
  }

  private Effect<JournalledEvent, RunState> onSetSteps(RunState state, SetSteps wanted) {
    var stage = state.stage(wanted.stage());
    if (stage.isEmpty()) {
      var allowed = state.stages().isEmpty() ? "none yet" : "1 to " + state.stages().size();
      return refuse(
          wanted.replyTo(), "stage", "stage is " + wanted.stage() + "; allowed: " + allowed);
    }
    if (stage.get().committed() || committedInFolder(wanted.stage())) {
      return refuse(
          wanted.replyTo(),
          "stage",
          "stage is " + wanted.stage() + ", which is committed; allowed: one that is not");
    }
    if (wanted.steps() < 1) {
      return refuse(
          wanted.replyTo(), "steps", "steps is " + wanted.steps() + "; allowed: 1 or more");
    }
    boolean comes = state.status() == Status.RUNNING && stage.get().started();
    if (owners.has(wanted.stage()) || comes) {
      owners.propose(wanted.stage(), new StageOwners.Proposal(wanted.steps(), wanted.replyTo()));
      owners.order(state);
      return Effect().none();
    }
    var from = Math.max(0, stage.get().checkpoint());
    var change = new StepsChanged(wanted.stage(), from, wanted.steps(), stage.get().started());
    return then(
        List.of(change),
        next -> {
          accept(wanted.replyTo());
          changed(change);
        });
  }

  /** Asks the folder too: a process may have died between its commit and the journal's. */
  private boolean committedInFolder(int stage) {
    try {
      return done.contains(stage) || run.committed().contains(stage);
    } catch (IOException e) {
      return false; // whoever goes on with the stage finds out
    }
  }

  private Effect<JournalledEvent, RunState> onHolding(RunState state, Holding holding) {
    var proposal = owners.proposed(holding.stage());
    if (proposal.isEmpty() || proposal.get().steps() != holding.steps()) {
      owners.order(state);
      return Effect().none();
    }
    var change = new StepsChanged(holding.stage(), holding.taken(), holding.steps(), false);
    return then(
        List.of(change),
        next -> {
          changed(change);
          owners.order(next);
        });
  }

  private void changed(StepsChanged change) {
    owners.accepted(change.stage());
    audience.tell(new TrainingEvent.StepsChanged(change.stage(), change.from(), change.steps()));
  }

  private Effect<JournalledEvent, RunState> onWatch(RunState state, Watch watch) {
    context.watch(watch.watcher());
    watch.replyTo().tell(state);
    if (watch.after().isPresent()) {
      audience.joinAfter(watch.after().getAsLong(), watch.watcher());
    } else {
      audience.join(watch.watcher());
    }
    return Effect().none();
  }

  private Effect<JournalledEvent, RunState> onLetGo(RunState state, LetGo letGo) {
    if (ended.isEmpty()) {
      return refuse(letGo.replyTo(), "run", "run is " + name(state) + "; allowed: one that ended");
    }
    accept(letGo.replyTo());
    return Effect().stop();
  }

  private Effect<JournalledEvent, RunState> onGetState(RunState state, GetState get) {
    get.replyTo().tell(state);
    return Effect().none();
  }

  private static void accept(ActorRef<RunAnswer> asker) {
    asker.tell(new RunAnswer.Accepted());
  }

  private Effect<JournalledEvent, RunState> answer(ActorRef<RunAnswer> asker) {
    accept(asker);
    return Effect().none();
  }

  private Effect<JournalledEvent, RunState> refuse(
      ActorRef<RunAnswer> asker, String field, String message) {
    asker.tell(new RunAnswer.Refused(field, message));
    return Effect().none();
  }

  private static String name(RunState state) {
    return state.status().name().toLowerCase(Locale.ROOT);
  }
}
