package io.redraft.actors.training;

import io.redraft.actors.training.JournalledEvent.StageCheckpointed;
import io.redraft.actors.training.JournalledEvent.StageCommitted;
import io.redraft.actors.training.JournalledEvent.StepsChanged;
import io.redraft.actors.training.RunState.Status;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows what stages, their owners and their keeper say, and that they are gone: journals what the
 * journal does not have, tells watchers, and answers with orders. Anything may be said twice, late,
 * or never. A part of {@link TrainingRun}, confined to its actor.
 */
final class StageReports {
  private final RunLifecycle lifecycle;
  private final LiveRun live;
  private final StageOwners owners;
  private final StepProposals proposals;

  StageReports(RunLifecycle lifecycle, LiveRun live) {
    this.lifecycle = lifecycle;
    this.live = live;
    this.owners = live.owners();
    this.proposals = live.proposals();
  }

  /** A stage's session is open; the stage takes no step before that is journalled. */
  Reaction onOpened(RunState state, TrainingRun.Opened opened) {
    int number = opened.stage();
    var events = live.withStart(state, number);
    var known = state.stage(number);
    var first = opened.event().firstStep();
    if (first > Math.max(0, known.map(RunState.StageState::checkpoint).orElse(0L))) {
      events.add(new StageCheckpointed(number, first));
    }
    known
        .map(RunState.StageState::steps)
        .filter(StepPlan::open)
        .ifPresent(plan -> events.add(new StepsChanged(number, first, plan.last(), false)));
    return new Reaction(
        events,
        next -> {
          live.audience().tell(opened.event());
          owners.order(next);
        });
  }

  /** Something to tell. */
  Reaction onNews(RunState state, TrainingRun.News news) {
    live.audience().tell(news.event());
    return Reaction.NONE;
  }

  /** A checkpoint is whole. */
  Reaction onSaved(RunState state, TrainingRun.Saved saved) {
    live.forgiveDeaths();
    return Reaction.journal(checkpointed(state, saved.stage(), saved.step()));
  }

  private List<JournalledEvent> checkpointed(RunState state, int stage, long step) {
    var known = state.stage(stage).map(RunState.StageState::checkpoint).orElse(-1L);
    if (step <= known) {
      return new ArrayList<>();
    }
    var events = live.withStart(state, stage);
    events.add(new StageCheckpointed(stage, step));
    return events;
  }

  /** A stage's layers, and all that it builds upon, lie in the folder. */
  Reaction onCommit(RunState state, TrainingRun.Commit commit) {
    int number = commit.stage();
    boolean journalled = state.stage(number).map(RunState.StageState::committed).orElse(false);
    return new Reaction(
        journalled ? List.of() : live.withStart(state, new StageCommitted(number, commit.step())),
        next -> {
          live.tellCommittedOnce(number, commit.step());
          proposals.withdraw(number, "stage " + number + " is committed");
          owners.committed(number);
          owners.dismiss(number);
        });
  }

  /** A stage holds until the number of steps that it was asked for is journalled. */
  Reaction onHolding(RunState state, TrainingRun.Holding holding) {
    var proposal = proposals.of(holding.stage());
    if (proposal.isEmpty() || proposal.getAsLong() != holding.steps()) {
      owners.order(state);
      return Reaction.NONE;
    }
    var change = new StepsChanged(holding.stage(), holding.taken(), holding.steps(), false);
    return new Reaction(
        List.of(change),
        next -> {
          live.changed(change);
          owners.order(next);
        });
  }

  /** A stage has left, as it was told. */
  Reaction onLeft(RunState state, TrainingRun.Left left) {
    int number = left.stage();
    var events = checkpointed(state, number, left.step());
    if (proposals.of(number).isPresent() && live.committed().has(number)) {
      proposals.withdraw(number, "stage " + number + " is committed");
    }
    var from = Math.max(0, left.step());
    var change =
        proposals.of(number).stream()
            .mapToObj(steps -> new StepsChanged(number, from, steps, true))
            .findAny();
    change.ifPresent(events::add);
    return new Reaction(
        events,
        next -> {
          change.ifPresent(live::changed);
          owners.dismiss(number);
        });
  }

  /** A stage cannot go on, and with it the run. */
  Reaction onGaveUp(RunState state, TrainingRun.GaveUp gaveUp) {
    owners.dismiss(gaveUp.stage());
    return lifecycle.cannot(state, gaveUp.why());
  }

  /** Somebody who was watched is gone: an owner, a keeper, or one of the audience. */
  Reaction onGone(RunState state, TrainingRun.Gone gone) {
    switch (owners.gone(gone.who())) {
      case STRANGER -> live.audience().remove(gone.who());
      case KEEPER -> {
        owners.keep(live.committed().numbers());
        owners.order(state);
      }
      case OWNER -> {
        if (state.status() == Status.NEW || state.status() == Status.RUNNING) {
          return lifecycle.ownerDied(state);
        }
      }
      case DISMISSED -> {}
    }
    return Reaction.then(
        next -> {
          if (next.status() != Status.RUNNING) {
            proposals.withdrawIf(stage -> !owners.has(stage), "the stage has ended; ask again");
          }
          lifecycle.advance(next);
        });
  }
}
