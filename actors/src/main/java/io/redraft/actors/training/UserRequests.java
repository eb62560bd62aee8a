package io.redraft.actors.training;

import io.redraft.actors.training.JournalledEvent.RunPaused;
import io.redraft.actors.training.JournalledEvent.RunResumed;
import io.redraft.actors.training.JournalledEvent.StepsChanged;
import io.redraft.actors.training.RunState.Status;
import java.util.List;
import java.util.Locale;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Answers users: whoever stops, pauses, resumes, changes or watches a run. A request is accepted
 * once it is journalled, or refused with the reason at once. A part of {@link TrainingRun},
 * confined to its actor.
 */
final class UserRequests {
  private final ActorContext<TrainingRun.Command> context;
  private final RunLifecycle lifecycle;
  private final LiveRun live;
  private final StageOwners owners;

  UserRequests(ActorContext<TrainingRun.Command> context, RunLifecycle lifecycle, LiveRun live) {
    this.context = context;
    this.lifecycle = lifecycle;
    this.live = live;
    this.owners = live.owners();
  }

  Reaction onStop(RunState state, TrainingRun.Stop stop) {
    if (live.end().isPresent()) {
      stop.replyTo().tell(live.end().get());
      return Reaction.NONE;
    }
    live.audience().awaitEnd(stop.replyTo());
    return lifecycle.stop(state);
  }

  Reaction onPause(RunState state, TrainingRun.Pause pause) {
    return switch (state.status()) {
      case PAUSED -> accept(pause.replyTo());
      case NEW, RUNNING -> {
        if (live.end().isPresent()) {
          yield refuse(pause.replyTo(), "run", "run was refused; allowed: one that trains");
        }
        live.expectPause();
        yield lifecycle.halt(state, new RunPaused(), next -> accept(pause.replyTo()));
      }
      case STOPPED, FAILED, FINISHED ->
          refuse(pause.replyTo(), "run", "run is " + name(state) + "; allowed: one that trains");
    };
  }

  Reaction onResume(RunState state, TrainingRun.Resume resumed) {
    boolean trains = state.status() == Status.NEW || state.status() == Status.RUNNING;
    if (trains && live.end().isEmpty()) {
      return accept(resumed.replyTo());
    }
    if (live.end().isPresent()) {
      lifecycle.limitTime();
    }
    live.forgetHalt();
    live.forgiveDeaths();
    live.audience().tell(new TrainingEvent.Resumed());
    return lifecycle.goOn(
        state,
        state.status() == Status.NEW ? List.of() : List.of(new RunResumed()),
        resumed.replyTo());
  }

  /** A stage that is trained is asked to hold first, so that the change has a step. */
  Reaction onSetSteps(RunState state, TrainingRun.SetSteps wanted) {
    var stage = state.stage(wanted.stage());
    if (stage.isEmpty()) {
      var allowed = state.stages().isEmpty() ? "none yet" : "1 to " + state.stages().size();
      return refuse(
          wanted.replyTo(), "stage", "stage is " + wanted.stage() + "; allowed: " + allowed);
    }
    if (stage.get().committed() || live.committed().has(wanted.stage())) {
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
      live.proposals().propose(wanted.stage(), wanted.steps(), wanted.replyTo());
      owners.order(state);
      return Reaction.NONE;
    }
    var from = Math.max(0, stage.get().checkpoint());
    var change = new StepsChanged(wanted.stage(), from, wanted.steps(), stage.get().started());
    return new Reaction(
        List.of(change),
        next -> {
          accept(wanted.replyTo());
          live.changed(change);
        });
  }

  Reaction onWatch(RunState state, TrainingRun.Watch watch) {
    context.watch(watch.watcher());
    watch.replyTo().tell(state);
    if (watch.after().isPresent()) {
      live.audience().joinAfter(watch.after().getAsLong(), watch.watcher());
    } else {
      live.audience().join(watch.watcher());
    }
    return Reaction.NONE;
  }

  Reaction onGetState(RunState state, TrainingRun.GetState get) {
    get.replyTo().tell(state);
    return Reaction.NONE;
  }

  /** Answers whether the run may be let go, and tells the asker. */
  boolean mayLetGo(RunState state, TrainingRun.LetGo letGo) {
    if (live.end().isEmpty()) {
      refuse(letGo.replyTo(), "run", "run is " + name(state) + "; allowed: one that ended");
      return false;
    }
    accept(letGo.replyTo());
    return true;
  }

  private static Reaction accept(ActorRef<RunAnswer> asker) {
    asker.tell(new RunAnswer.Accepted());
    return Reaction.NONE;
  }

  private static Reaction refuse(ActorRef<RunAnswer> asker, String field, String message) {
    asker.tell(new RunAnswer.Refused(field, message));
    return Reaction.NONE;
  }

  private static String name(RunState state) {
    return state.status().name().toLowerCase(Locale.ROOT);
  }
}
