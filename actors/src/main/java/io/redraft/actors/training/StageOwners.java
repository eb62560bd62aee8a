package io.redraft.actors.training;

import io.redraft.actors.training.RunState.StageState;
import io.redraft.model.train.curriculum.Stage;
import io.redraft.model.train.curriculum.StagedRun;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Who owns which stage of a run: at most one {@link StageCoordinator} a stage, and one {@link
 * CheckpointKeeper} for all of them. Each is told all that it should do, again and again, until it
 * is gone. A part of {@link TrainingRun}, confined to its actor.
 */
final class StageOwners {
  private final ActorContext<TrainingRun.Command> context;
  private final TrainingRunSettings settings;
  private final StagedRun run;
  private final StepProposals proposals;
  private final Map<Integer, ActorRef<StageCoordinator.Command>> owners = new TreeMap<>();
  private final Set<ActorRef<?>> dismissed = new HashSet<>();
  private ActorRef<CheckpointKeeper.Command> keeper;

  StageOwners(
      ActorContext<TrainingRun.Command> context,
      TrainingRunSettings settings,
      StagedRun run,
      StepProposals proposals) {
    this.context = context;
    this.settings = settings;
    this.run = run;
    this.proposals = proposals;
  }

  /** Starts a keeper that knows what is committed; the one before, if any, is gone. */
  void keep(Set<Integer> committed) {
    if (keeper != null) {
      dismissed.add(keeper);
      context.stop(keeper);
    }
    keeper =
        context.spawnAnonymous(
            CheckpointKeeper.create(
                JournalledEvent.PlannedStage.of(run.stages()), committed, context.getSelf()));
    context.watch(keeper);
  }

  /** Starts the owner of a stage that has none. */
  void begin(Stage stage, RunState state, boolean resume) {
    if (has(stage.number())) {
      throw new IllegalStateException("stage " + stage.number() + " has an owner");
    }
    var owner =
        context.spawnAnonymous(
            StageCoordinator.create(
                settings, run, stage, order(stage, state), resume, context.getSelf()));
    owners.put(stage.number(), owner);
    context.watch(owner);
  }

  boolean has(int stage) {
    return owners.containsKey(stage);
  }

  boolean none() {
    return owners.isEmpty();
  }

  /** Tells every stage what it should do. */
  void order(RunState state) {
    for (var stage : run.stages()) {
      var owner = owners.get(stage.number());
      if (owner != null && !dismissed.contains(owner)) {
        owner.tell(new StageCoordinator.Follow(order(stage, state)));
      }
    }
  }

  private StageOrder order(Stage stage, RunState state) {
    var goal =
        switch (state.status()) {
          case NEW, RUNNING -> StageOrder.Goal.TRAIN;
          case PAUSED -> StageOrder.Goal.PAUSE;
          case STOPPED, FAILED, FINISHED -> StageOrder.Goal.STOP;
        };
    var known = state.stage(stage.number());
    return new StageOrder(
        goal,
        known.map(stageNow -> stageNow.started() && !stageNow.steps().open()).orElse(false),
        known.map(StageState::steps).orElseGet(() -> StepPlan.of(stage.steps())),
        proposals.of(stage.number()),
        keeper);
  }

  /** A stage's owner has nothing left to do; it has gone once {@link #gone} is told. */
  void dismiss(int stage) {
    var owner = owners.get(stage);
    if (owner != null && dismissed.add(owner)) {
      context.stop(owner);
    }
  }

  /** Tells the keeper that a commit is journalled. */
  void committed(int stage) {
    keeper.tell(new CheckpointKeeper.Committed(stage));
  }

  /** How somebody who is gone was known. */
  enum Gone {
    /** No part of the hierarchy. */
    STRANGER,
    /** Told to go. */
    DISMISSED,
    /** The owner of a stage, by itself. */
    OWNER,
    /** The keeper, by itself. */
    KEEPER
  }

  /** Takes note that somebody is gone. */
  Gone gone(ActorRef<?> who) {
    boolean expected = dismissed.remove(who);
    boolean owned = owners.values().removeIf(who::equals);
    if (expected) {
      return Gone.DISMISSED;
    }
    return owned ? Gone.OWNER : who.equals(keeper) ? Gone.KEEPER : Gone.STRANGER;
  }

  /** All of them are gone, with whoever was above them. */
  void forget() {
    owners.clear();
    dismissed.clear();
    keeper = null;
  }
}
