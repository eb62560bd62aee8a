package io.redraft.actors.training;

import io.redraft.model.train.curriculum.StagedRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * What a run's actor knows beyond the journal: its audience, the owners of its stages, what is
 * asked of stages and which are committed, what was told of the run's halt, and how often owners
 * died. Lost with the process, and nothing depends on that. A part of {@link TrainingRun}, confined
 * to its actor.
 */
final class LiveRun {
  private final StagedRun run;
  private final StageOwners owners;
  private final StepProposals proposals;
  private final Audience audience = new Audience();
  private final CommittedStages committed;
  private Optional<TrainingEvent.Ended> obstacle = Optional.empty();
  private Optional<TrainingEvent.Ended> end = Optional.empty();
  private boolean pauseTold;
  private int deaths;

  LiveRun(ActorContext<TrainingRun.Command> context, TrainingRunSettings settings, StagedRun run) {
    this.run = run;
    this.committed = new CommittedStages(run);
    this.proposals = new StepProposals();
    this.owners = new StageOwners(context, settings, run, proposals);
  }

  Audience audience() {
    return audience;
  }

  StageOwners owners() {
    return owners;
  }

  StepProposals proposals() {
    return proposals;
  }

  CommittedStages committed() {
    return committed;
  }

  /** After a failure of the journal nobody below the actor lives on; what was told may not hold. */
  void forgetAllButTheAudience() {
    proposals.withdrawIf(stage -> true, "the journal failed; ask again");
    owners.forget();
    audience.forgetOpening();
    forgetHalt();
    pauseTold = false;
  }

  // ---------------------------------------------------------------- what became of stages

  /** A commit is journalled; watchers are told of it once. */
  void tellCommittedOnce(int stage, long step) {
    if (committed.add(stage)) {
      tellCommitted(stage, step);
    }
  }

  void tellCommitted(int number, long step) {
    var stages = run.stages();
    var name = stages.get(number - 1).name();
    audience.tell(new TrainingEvent.Committed(number, stages.size(), name, step));
  }

  /** A change of a stage's steps is journalled. */
  void changed(JournalledEvent.StepsChanged change) {
    proposals.accepted(change.stage());
    audience.tell(new TrainingEvent.StepsChanged(change.stage(), change.from(), change.steps()));
  }

  // ---------------------------------------------------------------- what the journal has not

  /** The run's start, where the journal does not have it, and further events. */
  List<JournalledEvent> withStart(RunState state, JournalledEvent... further) {
    List<JournalledEvent> events = new ArrayList<>();
    if (state.status() == RunState.Status.NEW) {
      events.add(new JournalledEvent.RunStarted(JournalledEvent.PlannedStage.of(run.stages())));
    }
    events.addAll(List.of(further));
    return events;
  }

  /** The same, and the stage's start: a word that was not heard must not be missing later. */
  List<JournalledEvent> withStart(RunState state, int stage) {
    var events = withStart(state);
    if (!state.stage(stage).map(RunState.StageState::started).orElse(false)) {
      events.add(new JournalledEvent.StageStarted(stage));
    }
    return events;
  }

  // ---------------------------------------------------------------- how it came to a halt

  /** Why the run cannot go on. */
  Optional<TrainingEvent.Ended> obstacle() {
    return obstacle;
  }

  void meet(TrainingEvent.Ended reason) {
    obstacle = Optional.of(reason);
  }

  /** How the run has ended, as it was told. */
  Optional<TrainingEvent.Ended> end() {
    return end;
  }

  /** Tells how the run has ended, unless that is told already; answers whether it was not. */
  boolean tellEndOnce(TrainingEvent.Ended how) {
    if (end.isPresent()) {
      return false;
    }
    end = Optional.of(how);
    audience.tell(how);
    return true;
  }

  /** It goes on: neither an end nor an obstacle holds any longer. */
  void forgetHalt() {
    end = Optional.empty();
    obstacle = Optional.empty();
  }

  /** Another pause was asked for. */
  void expectPause() {
    pauseTold = false;
  }

  void tellPauseOnce(long step) {
    if (!pauseTold) {
      pauseTold = true;
      audience.tell(new TrainingEvent.Paused(step));
    }
  }

  // ---------------------------------------------------------------- deaths of stages' owners

  /** Owners that died since the last checkpoint. */
  int deaths() {
    return deaths;
  }

  /** Another one died. */
  void countDeath() {
    deaths++;
  }

  /** There was a checkpoint since, or a user wants it to go on. */
  void forgiveDeaths() {
    deaths = 0;
  }
}
