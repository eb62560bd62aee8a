package io.redraft.actors.training;

import io.redraft.actors.training.JournalledEvent.RunFailed;
import io.redraft.actors.training.JournalledEvent.RunFinished;
import io.redraft.actors.training.JournalledEvent.RunResumed;
import io.redraft.actors.training.JournalledEvent.RunStopped;
import io.redraft.actors.training.JournalledEvent.StageCommitted;
import io.redraft.actors.training.RunState.Status;
import io.redraft.model.InvalidInputException;
import io.redraft.model.train.curriculum.StagedRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Begins a run, goes on with it, and ends it: compares the journal with the folder, has the first
 * stage that is left trained, and has the model made when none is. A part of {@link TrainingRun},
 * whose states these are, confined to its actor.
 */
final class RunLifecycle {
  private final ActorContext<TrainingRun.Command> context;
  private final TimerScheduler<TrainingRun.Command> timers;
  private final TrainingRunSettings settings;
  private final StagedRun run;
  private final LiveRun live;
  private final boolean resume;
  private boolean resumeEnded;
  private boolean completing;

  /**
   * A life that has not begun.
   *
   * @param resume whether to go on from checkpoints and ends of an earlier process
   */
  RunLifecycle(
      ActorContext<TrainingRun.Command> context,
      TimerScheduler<TrainingRun.Command> timers,
      TrainingRunSettings settings,
      StagedRun run,
      LiveRun live,
      boolean resume) {
    this.context = context;
    this.timers = timers;
    this.settings = settings;
    this.run = run;
    this.live = live;
    this.resume = resume;
    this.resumeEnded = resume;
  }

  // ---------------------------------------------------------------- beginning and going on

  /** The actor has read its journal. */
  Reaction begin(RunState state) {
    if (state.status() == Status.NEW || state.status() == Status.RUNNING) {
      return goOn(state, List.of(), context.getSystem().ignoreRef());
    }
    if (resumeEnded) {
      return goOn(state, List.of(new RunResumed()), context.getSystem().ignoreRef());
    }
    live.owners().keep(live.committed().numbers());
    return Reaction.then(this::advance);
  }

  /** After a failure of the journal: what was under way is not. */
  void forget() {
    live.forgetAllButTheAudience();
    completing = false;
  }

  /**
   * Compares the journal with the folder, then trains what is left.
   *
   * @param first to be journalled before what the folder has
   * @param asker who wants it to go on
   */
  Reaction goOn(RunState state, List<JournalledEvent> first, ActorRef<RunAnswer> asker) {
    try {
      refuseOtherStages(state);
      live.committed().read();
    } catch (InvalidInputException refusal) {
      asker.tell(new RunAnswer.Refused(refusal.field(), refusal.getMessage()));
      return cannotGoOn(state, new TrainingEvent.Refused(refusal.field(), refusal.getMessage()));
    } catch (IOException e) {
      var reason = TrainingEvent.Failed.reason(e);
      asker.tell(new RunAnswer.Refused("run.folder", reason));
      return cannotGoOn(state, new TrainingEvent.Failed(reason, state.lastCheckpoint()));
    }
    var missed = live.committed().missedBy(state);
    List<JournalledEvent> events = new ArrayList<>(first);
    if (!missed.isEmpty()) {
      events.addAll(live.withStart(state));
      missed.forEach(number -> events.add(new StageCommitted(number, -1)));
    }
    return new Reaction(
        events,
        next -> {
          resumeEnded = false; // it was asked for once, by whoever started it
          asker.tell(new RunAnswer.Accepted());
          live.owners().keep(live.committed().numbers());
          missed.forEach(number -> live.tellCommitted(number, -1));
          live.owners().order(next);
          advance(next);
        });
  }

  /** What had ended before stays, to its journal, as it had ended. */
  private Reaction cannotGoOn(RunState state, TrainingEvent.Ended reason) {
    if (state.status() != Status.STOPPED && state.status() != Status.FINISHED) {
      return cannot(state, reason);
    }
    resumeEnded = false;
    live.meet(reason);
    return Reaction.then(this::advance);
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

  /** The run may take as long as its settings allow, from now on. */
  void limitTime() {
    settings
        .timeLimit()
        .ifPresent(
            limit ->
                timers.startSingleTimer(
                    TrainingRun.TimeIsOver.class, new TrainingRun.TimeIsOver(), limit));
  }

  /** Does what is next, whatever that is. */
  void advance(RunState state) {
    if (!live.owners().none() || completing) {
      return; // whoever is at work says so when it has ended
    }
    switch (state.status()) {
      case NEW -> live.obstacle().ifPresentOrElse(this::vanish, () -> train(state));
      case RUNNING -> live.obstacle().ifPresentOrElse(this::end, () -> train(state));
      case PAUSED -> live.tellPauseOnce(reached(state));
      case STOPPED -> end(obstacleOr(new TrainingEvent.Stopped(reached(state))));
      case FAILED ->
          end(obstacleOr(new TrainingEvent.Failed(state.note(), state.lastCheckpoint())));
      case FINISHED -> end(obstacleOr(new TrainingEvent.Finished(reached(state), state.note())));
    }
  }

  private static long reached(RunState state) {
    return Math.max(0, state.lastCheckpoint());
  }

  private TrainingEvent.Ended obstacleOr(TrainingEvent.Ended journalled) {
    return live.obstacle().orElse(journalled);
  }

  private void train(RunState state) {
    if (timers.isTimerActive(TrainingRun.BeginAgain.class)) {
      return;
    }
    var next = live.committed().next();
    if (next.isEmpty()) {
      complete();
      return;
    }
    // Whatever checkpoints there are once a run has begun are its own.
    live.owners().begin(next.get(), state, resume || state.status() != Status.NEW);
    nudgeLater();
  }

  private void nudgeLater() {
    timers.startSingleTimer(TrainingRun.Nudge.class, new TrainingRun.Nudge(), settings.nudge());
  }

  /** Says again what stages should do. */
  Reaction nudge(RunState state) {
    if (!live.owners().none()) {
      live.owners().order(state);
      nudgeLater();
    }
    return Reaction.NONE;
  }

  /** A stage's owner died, and may have another. */
  Reaction ownerDied(RunState state) {
    if (live.deaths() == settings.restarts()) {
      return cannot(
          state, new TrainingEvent.Failed("the stage's coordinator died", state.lastCheckpoint()));
    }
    live.countDeath();
    timers.startSingleTimer(
        TrainingRun.BeginAgain.class, new TrainingRun.BeginAgain(), settings.wait(live.deaths()));
    return Reaction.NONE;
  }

  // ---------------------------------------------------------------- the end

  /** It stops, unless it ends already. */
  Reaction stop(RunState state) {
    return switch (state.status()) {
      case STOPPED, FAILED, FINISHED -> Reaction.NONE;
      case NEW, RUNNING, PAUSED -> halt(state, new RunStopped(), next -> {});
    };
  }

  /**
   * It halts, for a while or for good.
   *
   * @param event what is journalled of that
   * @param afterwards to be done before stages hear of it
   */
  Reaction halt(RunState state, JournalledEvent event, Consumer<RunState> afterwards) {
    timers.cancel(TrainingRun.BeginAgain.class);
    return new Reaction(
        live.withStart(state, event),
        next -> {
          afterwards.accept(next);
          live.owners().order(next);
          advance(next);
        });
  }

  /** It ends, for a reason; one that has not begun leaves nothing in the journal. */
  Reaction cannot(RunState state, TrainingEvent.Ended reason) {
    resumeEnded = false;
    live.meet(withCheckpoint(state, reason));
    var text =
        reason instanceof TrainingEvent.Failed failed
            ? failed.reason()
            : ((TrainingEvent.Refused) reason).message();
    boolean known = state.status() == Status.NEW || state.status() == Status.FAILED;
    return new Reaction(
        known ? List.of() : List.of(new RunFailed(text)),
        next -> {
          live.owners().order(next);
          advance(next);
        });
  }

  private static TrainingEvent.Ended withCheckpoint(RunState state, TrainingEvent.Ended reason) {
    return reason instanceof TrainingEvent.Failed failed && failed.checkpoint() < 0
        ? new TrainingEvent.Failed(failed.reason(), state.lastCheckpoint())
        : reason;
  }

  private void complete() {
    completing = true;
    var device =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig(settings.deviceThread()));
    context.pipeToSelf(
        CompletableFuture.supplyAsync(this::model, device), TrainingRun.Completed::of);
  }

  private String model() {
    try {
      return run.complete().toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The model is made, or cannot be. */
  Reaction completed(RunState state, TrainingRun.Completed completed) {
    completing = false;
    if (state.status() != Status.RUNNING) {
      return Reaction.then(this::advance); // it was told otherwise meanwhile
    }
    if (completed.failure().isEmpty()) {
      return new Reaction(List.of(new RunFinished(completed.folder())), this::advance);
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
    return cannot(
        state, new TrainingEvent.Failed(TrainingEvent.Failed.reason(told), state.lastCheckpoint()));
  }

  /** A run that was refused before it began leaves nothing that could be asked or resumed. */
  private void vanish(TrainingEvent.Ended how) {
    end(how);
    context.getSelf().tell(new TrainingRun.Vanish());
  }

  private void end(TrainingEvent.Ended how) {
    if (live.tellEndOnce(how)) {
      timers.cancelAll();
    }
  }
}
